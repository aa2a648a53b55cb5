/** 9.2 #6: only explicit false forms switch certificate checks off; private authorities work by NODE_EXTRA_CA_CERTS. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectHealthy, key, namesOf, type ProxyOptions, withProxy } from '../../support/proxy.ts';
import { halyards, noHalyard, subjects } from '../../support/subjects.ts';
import { testTls } from '../../support/tls.ts';
import { eventually, sleep } from '../../support/wait.ts';

const withTls = (env: Record<string, string>): ProxyOptions => ({
  env: { UNLEASH_FETCH_INTERVAL: '200', ...env },
  upstream: { tls: testTls },
  waitFor: 'listening',
});

describe.skipIf(noHalyard).concurrent.each(halyards())('upstream certificates, faults: %s', (subject) => {
  it.each(['TRUE', 'yes', 'on', 'True', '1', 'anything'])(
    '9.2 #6: HTTP_OPTIONS_REJECT_UNAUTHORIZED=%s keeps the check on',
    async (value) => {
      await withProxy(subject, withTls({ HTTP_OPTIONS_REJECT_UNAUTHORIZED: value }), async ({ server, upstream }) => {
        await sleep(1500);
        expect((await server.get('/proxy/health')).status).toBe(503);
        expect(upstream.requests).toEqual([]);
      });
    },
  );
});

describe.concurrent.each(subjects())('upstream certificates: %s', (subject) => {
  it('an unknown authority is refused, and said so', async () => {
    await withProxy(subject, withTls({}), async ({ server, upstream }) => {
      await eventually('the error', () => /^(ERROR|WARN): .*(self.signed|certificate)/im.test(server.stdout()));
      expect((await server.get('/proxy/health')).status).toBe(503);
      expect(upstream.requests).toEqual([]);
    });
  });

  it('HTTP_OPTIONS_REJECT_UNAUTHORIZED=false switches the check off', async () => {
    await withProxy(subject, withTls({ HTTP_OPTIONS_REJECT_UNAUTHORIZED: 'false' }), async ({ server }) => {
      await eventually('readiness', async () => (await server.get('/proxy/health')).status === 200);
      expect(namesOf(await server.get('/proxy', key))).toContain('always-on');
    });
  });

  it('NODE_EXTRA_CA_CERTS adds a private authority', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'halyard-ca-'));
    const file = join(directory, 'ca.pem');
    writeFileSync(file, testTls.cert);
    try {
      await withProxy(subject, withTls({ NODE_EXTRA_CA_CERTS: file }), async ({ server }) => {
        await eventually('readiness', async () => (await server.get('/proxy/health')).status === 200);
        await expectHealthy(server);
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
