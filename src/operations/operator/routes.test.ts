import { describe, expect, test } from 'vitest';
import { mountOperator } from '../../http/operator/mount.ts';
import { testRequest } from '../../http/testing.ts';
import type { HttpReply } from '../../http/types.ts';
import { createOperatorHandler, type OperatorRoute, operatorJson } from './routes.ts';

const errors: unknown[] = [];
const routes: OperatorRoute[] = [
  { method: 'GET', path: '/', need: 'token-or-loopback', answer: () => operatorJson(200, { page: true }) },
  { method: 'POST', path: '/explain/*', need: 'token', answer: (_request, rest) => operatorJson(200, { rest }) },
  { method: 'GET', path: '/broken', need: 'token', answer: () => Promise.reject(new Error('secret inside')) },
];
const refused = {
  status: 401,
  error: 'unauthorized',
  message: 'A token.',
  headers: { 'WWW-Authenticate': 'Basic' },
} as const;
const tools = createOperatorHandler(
  '/base/halyard',
  routes,
  (request) => (request.header('authorization') === undefined ? refused : null),
  (error) => errors.push(error),
);
const handler = mountOperator(() => ({ status: 418, headers: {}, body: 'not ours' }), tools, '/base');

async function call(method: string, path: string, headers: Record<string, string> = { authorization: 'x' }) {
  const reply: HttpReply = await handler(testRequest({ method, url: path, headers }));
  const body = typeof reply.body === 'string' ? reply.body : '';
  return { ...reply, json: body.startsWith('{') ? JSON.parse(body) : body };
}

describe('operator tools', () => {
  test.each(['/', '/halyard/', '/base', '/base/halyards', '/base/halyard-x/', '/base/proxy', '/bas'])(
    'leave %s to the server',
    async (path) => expect((await call('GET', path)).json).toBe('not ours'),
  );

  test('answer below their mounting point, and tell nobody to keep it', async () => {
    const page = await call('GET', '/base/halyard/');
    expect(page).toMatchObject({ status: 200, json: { page: true } });
    expect(page.headers).toMatchObject({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    expect(Object.keys(page.headers).join()).not.toMatch(/access-control/i);
    expect((await call('POST', '/base/halyard/explain/a%2Fb/c')).json).toEqual({ rest: 'a%2Fb/c' });
    expect(await call('HEAD', '/base/halyard/')).toMatchObject({ status: 200, body: null });
  });

  test('say what there is where there is nothing', async () => {
    const { status, json } = await call('GET', '/base/halyard/nothing');
    expect(status).toBe(404);
    expect(json).toMatchObject({
      error: 'not_found',
      tools: ['GET /base/halyard/', 'POST /base/halyard/explain/*', 'GET /base/halyard/broken'],
    });
    expect((await call('GET', '/base/halyard')).status).toBe(404);
    expect((await call('POST', '/base/halyard/explain/')).status).toBe(404);
  });

  test('name the right method, and give other origins no preflight', async () => {
    const reply = await call('OPTIONS', '/base/halyard/explain/x', { origin: 'https://evil.example' });
    expect(reply).toMatchObject({ status: 405, headers: { Allow: 'POST' }, json: { error: 'method_not_allowed' } });
    expect(Object.keys(reply.headers).join()).not.toMatch(/access-control/i);
  });

  test('ask who wants to know first', async () => {
    expect(await call('GET', '/base/halyard/', {})).toMatchObject({
      status: 401,
      headers: { 'WWW-Authenticate': 'Basic', 'Cache-Control': 'no-store' },
      json: { error: 'unauthorized', message: 'A token.' },
    });
  });

  test('keep faults to the log', async () => {
    const { status, body } = await call('GET', '/base/halyard/broken');
    expect(status).toBe(500);
    expect(body).not.toContain('secret');
    expect(String(errors)).toContain('secret inside');
  });
});
