/** A collector over HTTPS with a certificate of its own: trusted where the setting names it, and refused where not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { key, withProxy } from '../support/proxy.ts';
import { halyards } from '../support/subjects.ts';
import { testTls } from '../support/tls.ts';
import { eventually } from '../support/wait.ts';
import { startCollector } from './collector.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const often = { HALYARD_OTLP_SAMPLE_RATIO: '1', OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_METRIC_EXPORT_INTERVAL: '100' };

describe.each(halyards())('%s', (subject) => {
  it('exports both signals to a collector whose certificate OTEL_EXPORTER_OTLP_CERTIFICATE names', async () => {
    const caFile = join(temporaryDirectory(), 'collector-ca.pem');
    writeFileSync(caFile, testTls.cert);
    const collector = await startCollector(0, testTls);
    const env = { HALYARD_OTLP_ENDPOINT: collector.origin, OTEL_EXPORTER_OTLP_CERTIFICATE: caFile, ...often };
    try {
      await withProxy(subject, { env }, async ({ server }) => {
        expect((await server.get('/proxy', key)).status).toBe(200);
        await eventually('the span', () => collector.spans().some(({ name }) => name === 'GET /proxy'));
        await eventually('the metrics', () => collector.metrics().has('halyard_requests_total'));
        expect(collector.resource()).toMatchObject({ 'service.name': 'halyard' });
        expect(server.stdout() + server.stderr()).not.toContain('HALYARD-5008');
      });
    } finally {
      await collector.close();
    }
  });

  it('sends nothing to one that it does not trust, says why once for each signal, and serves on', async () => {
    const collector = await startCollector(0, testTls);
    const env = { HALYARD_OTLP_ENDPOINT: collector.origin, ...often };
    try {
      await withProxy(subject, { env }, async ({ server }) => {
        const log = () => server.stdout() + server.stderr();
        const told = () => log().split('HALYARD-5008').length - 1;
        expect((await server.get('/proxy', key)).status).toBe(200);
        await eventually('both signals are told of', () => told() === 2);
        const postponed = /^halyard_otlp_exports_total\{signal="traces",outcome="postponed"\} ([2-9]|\d\d+)$/m;
        await eventually('another attempt', async () =>
          postponed.test((await server.get('/proxy/internal-backstage/prometheus')).text),
        );
        expect(told()).toBe(2);
        for (const signal of ['traces', 'metrics']) {
          expect(log()).toMatch(
            new RegExp(`The collector at ${collector.origin}/v1/${signal} does not take ${signal}: .*self.signed`, 'i'),
          );
        }
        expect(log()).not.toContain('    at ');
        expect(collector.exports).toEqual([]);
        expect((await server.get('/proxy', key)).status).toBe(200);
        expect(await server.stop()).toMatchObject({ code: 0 });
      });
    } finally {
      await collector.close();
    }
  });
});
