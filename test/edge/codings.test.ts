/** Content codings of Edge: gzip, br and deflate everywhere, zstd where the runtime has it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { halyards, repositoryRoot, runsOnBun } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { flag } from './harness.ts';
import { startSocketUpstream } from './socket-upstream.ts';

const client = '*:development.client';
const bun = join(repositoryRoot, 'node_modules/.bin/bun');

/** Undone by Bun: the Node that runs this may have no zstd. */
function unzstd(bytes: Buffer): string {
  const program = "process.stdout.write(require('node:zlib').zstdDecompressSync(require('node:fs').readFileSync(0)))";
  return spawnSync(bun, ['-e', program], { input: bytes }).stdout.toString();
}

describe.each(halyards())('%s', (subject) => {
  test('answers in the coding that the client prefers, with one tag for all', async () => {
    const upstream = await startSocketUpstream();
    upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
    upstream.features.set(client, { version: 2, features: Array.from({ length: 60 }, (_, i) => flag(`flag-${i}`)) });
    const env = { UPSTREAM_URL: upstream.origin, TOKENS: client, STRICT: 'true' };
    const server = await startServer(subject, { env, waitFor: 'nothing' });
    const ask = (accept: string) =>
      server.get('/api/client/features', { authorization: client, 'accept-encoding': accept });
    try {
      await eventually('definitions', async () => (await ask('').catch(() => undefined))?.status === 200);
      const plain = await ask('identity');
      expect(plain.headers['content-encoding']).toBeUndefined();
      for (const coding of ['gzip', 'br', 'deflate']) {
        const reply = await ask(coding);
        expect(reply.headers).toMatchObject({ 'content-encoding': coding, etag: plain.headers.etag });
        expect(reply.headers.vary).toContain('Accept-Encoding');
        expect(reply.wireLength).toBeLessThan(plain.wireLength / 3);
        expect(reply.text).toBe(plain.text);
      }
      const hasZstd = runsOnBun(subject) || 'zstdCompressSync' in zlib;
      const zstd = await ask('zstd');
      expect(zstd.headers['content-encoding']).toBe(hasZstd ? 'zstd' : undefined);
      expect(hasZstd ? unzstd(zstd.body) : zstd.text).toBe(plain.text);
      expect((await ask('zstd;q=0.1, gzip;q=0.9')).headers['content-encoding']).toBe('gzip');
      expect((await ask('gzip, deflate, br, zstd')).headers['content-encoding']).toBe('br');
    } finally {
      expect((await server.stop()).code).toBe(0);
      await upstream.close();
    }
  });
});
