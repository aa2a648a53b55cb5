/** Where no collector is named, no module of OpenTelemetry's SDK is loaded. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/proxy.ts';
import { halyards } from '../support/subjects.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const subjects = halyards().filter((subject) => subject !== 'halyard-binary');

/** What prom-client, the library of Prometheus, brings along: types and a few constants. */
const ofPromClient = /@opentelemetry[/\\]api[/\\]/;

describe.each(subjects)('%s', (subject) => {
  const loaded = async (env: Record<string, string>): Promise<string[]> => {
    const directory = temporaryDirectory();
    const hook = join(directory, 'hook.cjs');
    writeFileSync(
      hook,
      // The command may be a process beside the one that serves.
      `process.on('exit', () => require('node:fs').writeFileSync(
        ${JSON.stringify(directory)} + '/' + process.pid + '.json', JSON.stringify(Object.keys(require.cache))));`,
    );
    const preload = { NODE_OPTIONS: `--require ${hook}`, BUN_OPTIONS: `--preload ${hook}` };
    await withProxy(subject, { env: { ...preload, ...env } }, async ({ server }) => {
      await server.get('/proxy', {});
      await server.get('/proxy/internal-backstage/prometheus', {});
      await server.stop();
    });
    const lists = readdirSync(directory).filter((name) => name.endsWith('.json'));
    const all = lists.flatMap((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as string[]);
    expect(all.some((path) => path.includes('prom-client'))).toBe(true);
    return all.filter((path) => path.includes('@opentelemetry') || /[/\\]otlp[/\\]telemetry\./.test(path));
  };

  it('nothing of it is loaded', async () => {
    // Settings for other programs on the machine switch nothing on.
    const found = await loaded({ OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' });
    expect(found.filter((path) => !ofPromClient.test(path))).toEqual([]);
  });

  it('with a collector it is, so that this test sees it', async () => {
    const found = await loaded({ HALYARD_OTLP_ENDPOINT: 'http://127.0.0.1:9', HALYARD_SHUTDOWN_TIMEOUT: '500' });
    expect(found.filter((path) => !ofPromClient.test(path)).length).toBeGreaterThan(20);
  });
});
