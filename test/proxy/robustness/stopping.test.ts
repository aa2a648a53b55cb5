/** 9.2 #25 and section 6.6: stopping is graceful, flushes metrics once, and ends with 0. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/golden.ts';
import { key, metricsBody, usageOf, withProxy } from '../../support/proxy.ts';
import type { Server } from '../../support/server.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';
import { answer, type Upstream } from '../../support/upstream.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { fixtureFile } from '../golden/start.ts';

const definitions = fixture('small');

/** Longer than a test may take: a process that waits for what it should not wait for would be seen. */
const patient = { HALYARD_SHUTDOWN_TIMEOUT: '600000' };

async function expectEndWith(server: Server, signal: NodeJS.Signals): Promise<void> {
  process.kill(server.pid, signal);
  expect(await server.exit, server.stdout() + server.stderr()).toEqual({ code: 0, signal: null });
}

const count = (server: Server) => server.postJson('/proxy/client/metrics', metricsBody({ alpha: { yes: 3 } }), key);

describe.skipIf(noHalyard).each(halyards())('stopping: %s', (subject) => {
  it.each(['SIGTERM', 'SIGINT'] as const)('9.2 #25: %s flushes the counts once and ends with 0', async (signal) => {
    await withProxy(subject, { definitions, env: patient }, async ({ server, upstream }) => {
      await count(server);
      await server.postJson('/proxy', { toggles: ['alpha', 'beta'] }, key);
      await expectEndWith(server, signal);
      expect(usageOf(upstream).map(({ toggles }) => toggles)).toEqual([
        { alpha: { yes: 4, no: 0, variants: {} }, beta: { yes: 0, no: 1, variants: {} } },
      ]);
      expect(server.stderr()).toBe('');
    });
  });

  it('without counts nothing is sent', async () => {
    await withProxy(subject, { definitions, env: patient }, async ({ server, upstream }) => {
      await server.get('/proxy', key);
      await expectEndWith(server, 'SIGTERM');
      expect(upstream.of('metrics')).toEqual([]);
    });
  });

  it.each([
    ['hangs', { kind: 'hang' }],
    ['fails', answer(500)],
    ['resets', { kind: 'reset' }],
  ] as const)('an upstream that %s does not keep it from ending with 0', async (_what, behaviour) => {
    const prepare = (upstream: Upstream) => upstream.behave('metrics', behaviour);
    await withProxy(subject, { definitions, prepare }, async ({ server, upstream }) => {
      await count(server);
      await expectEndWith(server, 'SIGTERM');
      expect(upstream.of('metrics').length).toBeGreaterThanOrEqual(1);
    });
  });

  it('requests under way are finished; new connections are refused', async () => {
    const env = { ...patient, EXP_CUSTOM_ENRICHERS_FILE: fixtureFile('enrichers-hostile.cjs') };
    await withProxy(subject, { definitions, env }, async ({ server }) => {
      const slow = server.get('/proxy?userId=slow&sessionId=s', key);
      await eventually('the request to be under way', () => server.stdout().includes('a slow enricher began'));
      const ended = expectEndWith(server, 'SIGTERM');
      const got = await slow;
      expect([got.status, got.text.startsWith('{"toggles":[')]).toEqual([200, true]);
      await ended;
      await expect(server.get('/proxy/health')).rejects.toThrow();
    });
  });

  it('idle kept-alive connections do not delay the end', async () => {
    await withProxy(subject, { definitions, env: patient }, async ({ server }) => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      const answered = new Promise((resolve) => socket.once('data', resolve));
      socket.write('GET /proxy/health HTTP/1.1\r\nhost: x\r\n\r\n');
      await answered;
      const silent = connect(server.port, '127.0.0.1');
      silent.on('error', () => undefined);
      await sleep(100);
      await expectEndWith(server, 'SIGTERM');
      socket.destroy();
      silent.destroy();
    });
  });

  it('it can be stopped before it is ready, and twice in a row', async () => {
    const prepare = (upstream: Upstream) => upstream.behave('features', { kind: 'hang' });
    await withProxy(subject, { definitions, prepare, waitFor: 'listening' }, async ({ server }) => {
      process.kill(server.pid, 'SIGTERM');
      await sleep(20);
      if (server.alive()) process.kill(server.pid, 'SIGTERM');
      // The second one may come when nothing is left that could take it.
      const { code, signal } = await server.exit;
      expect([0, 143, 'SIGTERM']).toContain(code ?? signal);
    });
  });

  it('the port is free again at once, and a backup makes the next start ready without upstream', async () => {
    const env = { UNLEASH_APP_NAME: 'with/slash' };
    await withProxy(subject, { definitions, env }, async ({ server }) => {
      // Its backup may just be on its way.
      await expectEndWith(server, 'SIGTERM');
      const offline = { ...env, UNLEASH_URL: 'http://127.0.0.1:9/api' };
      const { directory, port } = server;
      await withProxy(subject, { env: offline, directory, port }, async (second) => {
        const got = await second.server.get('/proxy', key);
        expect(JSON.parse(got.text)).toMatchObject({ toggles: [{ name: 'alpha' }, { name: 'gamma' }] });
        const page = await second.server.get('/proxy/internal-backstage/prometheus');
        expect(page.text).toContain('last_metrics_fetch_epoch_timestamp_ms 0');
      });
    });
  });
});
