import { describe, expect, it } from 'vitest';
import { testRequest } from '../http/testing.ts';
import { type HttpHandler, RequestAbortedError } from '../http/types.ts';
import { joinedChannels, Link } from './link.ts';
import { answerPage, isGroupPage, type PageQuestion, PagesOfPrimary } from './pages.ts';

it.each([
  '/internal-backstage/metrics',
  '/base/internal-backstage/instancedata',
  '/proxy/metrics',
  '/base/proxy/metrics',
  '/halyard',
  '/halyard/status',
  '/base/halyard/explain',
])('%s is about the whole group', (path) => {
  expect(isGroupPage(path)).toBe(true);
});

it.each([
  '/proxy',
  '/proxy/all',
  '/proxy/client/metrics',
  '/proxy/metrics/x',
  '/api/client/features/halyard',
  '/api/frontend/features/halyard',
  '/base/proxy/all/halyard',
  '/api/v1/flags/',
  '/halyards',
  '/ofrep/v1/evaluate/flags/halyard',
  '/internal-backstage',
])('%s is answered where it arrives', (path) => {
  expect(isGroupPage(path)).toBe(false);
});

describe('a request that the primary answers', () => {
  function pair(handler: HttpHandler): PagesOfPrimary {
    const [one, other] = joinedChannels();
    const worker = new Link(other);
    worker.onQuestion('page', (question) => answerPage(handler, question as PageQuestion, worker));
    return new PagesOfPrimary(new Link(one));
  }
  const refusing: HttpHandler = () => ({ status: 401, headers: {}, body: 'no' });
  const reading: HttpHandler = async (request) => {
    const body = await request.readBody(1_000_000).catch((error) => error.name as string);
    return { status: 200, headers: {}, body: typeof body === 'string' ? body : `${body.length} bytes` };
  };

  it('keeps its body unread where nobody asks for that', async () => {
    let reads = 0;
    const request = { ...testRequest({ method: 'POST', url: '/halyard/explain/a', body: 'x' }) };
    request.readBody = async () => {
      reads++;
      return new Uint8Array();
    };
    expect(await pair(refusing).ask(request)).toEqual({ status: 401, headers: {}, body: 'no' });
    expect(reads).toBe(0);
  });

  it('has its body read up to the limit of what answers', async () => {
    const ask = (body: string) =>
      pair(reading)
        .ask(testRequest({ method: 'POST', url: '/halyard/explain/a', body }))
        .then((reply) => reply.body);
    expect(await ask('x'.repeat(1_000_000))).toBe('1000000 bytes');
    expect(await ask('x'.repeat(1_000_001))).toBe('BodyTooLargeError');
    expect(await ask('')).toBe('0 bytes');
  });

  it('is given up where its client has gone', async () => {
    const request = { ...testRequest({ method: 'POST', url: '/halyard/explain/a', body: 'x' }) };
    request.readBody = () => Promise.reject(new RequestAbortedError());
    const failing: HttpHandler = async (asked) => ({ status: 200, headers: {}, body: await asked.readBody(9) });
    await expect(pair(failing).ask(request)).rejects.toBeInstanceOf(RequestAbortedError);
  });
});
