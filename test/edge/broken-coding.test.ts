/** An upstream whose answers are not in the coding that they claim: one line about it, and nothing of the runtime's own. */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { flag } from './harness.ts';

const token = '*:development.client-secret-0001';
const document = JSON.stringify({ version: 2, features: [flag('a')] });

describe.each(halyards())('answers in a coding that is none: %s', (subject) => {
  let upstream: HttpServer;
  let body: Buffer;

  beforeEach(async () => {
    const tokens = [{ token, type: 'client', environment: 'development', projects: ['*'] }];
    upstream = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        if (request.url === '/edge/validate') response.end(JSON.stringify({ tokens }));
        else if (request.url === '/api/client/features')
          response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(body);
        else response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    upstream.closeAllConnections();
    upstream.close();
  });

  const start = (more: Readonly<Record<string, string>> = {}) =>
    startServer(subject, {
      args: ['edge'],
      env: {
        UPSTREAM_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
        TOKENS: token,
        STRICT: 'true',
        FEATURES_REFRESH_INTERVAL_SECONDS: '1',
        ...more,
      },
      waitFor: 'nothing',
    });

  it('are told in one line, and taken when they are whole again', async () => {
    body = Buffer.from('no gzip at all');
    const server = await start();
    try {
      await eventually('the complaint', () => server.stdout().includes('/api/client/features is incomplete'));
      body = gzipSync(document);
      const definitions = () => server.get('/api/client/features', { authorization: token });
      const { text } = await eventually('the flags', async () => {
        const reply = await definitions();
        return reply.status === 200 ? reply : undefined;
      });
      expect((JSON.parse(text) as { features: { name: string }[] }).features.map(({ name }) => name)).toEqual(['a']);
      expect(server.stdout() + server.stderr()).not.toMatch(/Decompression|secret-0/);
    } finally {
      await server.stop();
    }
  });

  it('and those that inflate beyond the bound name its setting', async () => {
    body = gzipSync(JSON.stringify({ version: 2, features: [flag('a', 'default', { description: 'x'.repeat(1e6) })] }));
    const server = await start({ HALYARD_UPSTREAM_LIMIT: '20000' });
    try {
      const line = '/api/client/features is larger than 20000 bytes (HALYARD_UPSTREAM_LIMIT allows more)';
      await eventually('the complaint', () => server.stdout().includes(line));
    } finally {
      await server.stop();
    }
  });
});
