/** A real Prometheus scrapes Halyard in each mode, takes what Edge pushes, and its API tells what it found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { halyardFamilies } from '../../src/operations/metrics/catalogue.ts';
import { componentOrSkip } from '../support/components.ts';
import { halyards, repositoryRoot } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { startPrometheus } from './prometheus.ts';
import { modes, withMode } from './running.ts';

const installed = componentOrSkip('prometheus', 'scraping by a real Prometheus');
const [subject] = halyards();
const rulesFile = readFileSync(join(repositoryRoot, 'ops/prometheus/halyard.rules.yml'), 'utf8');
const alertCount = rulesFile.match(/^ *- alert:/gm)?.length;

it.skipIf(!installed || subject === undefined).each(modes)(
  'finds the families of %s mode, their types, and the rules',
  async (mode) => {
    await withMode(mode, subject as NonNullable<typeof subject>, {}, async (server) => {
      const prometheus = await startPrometheus({ [mode]: server.port });
      try {
        const { activeTargets } = await prometheus.scraped();
        expect(activeTargets).toMatchObject([{ health: 'up', lastError: '' }]);
        const metadata = await prometheus.query<Record<string, { type: string; help: string }[]>>('metadata');
        const own = Object.entries(halyardFamilies).filter(([, { modes: of }]) =>
          (of as readonly string[]).includes(mode),
        );
        for (const [name, { type, help }] of own)
          expect([name, metadata[name]]).toMatchObject([name, [{ type, help }]]);
        const flags = await prometheus.query<{ result: { value: [number, string] }[] }>('query?query=halyard_flags');
        expect(Number(flags.result[0]?.value[1])).toBeGreaterThan(0);
        const rules = await prometheus.query<{ groups: { rules: { name: string }[] }[] }>('rules');
        expect(rules.groups.flatMap((group) => group.rules)).toHaveLength(alertCount ?? 0);
      } finally {
        await prometheus.stop();
      }
    });
  },
);

it.skipIf(!installed || subject === undefined).each(halyards())('takes what edge mode pushes: %s', async (pushing) => {
  // Nothing listens where it scrapes: all that it knows was pushed.
  const prometheus = await startPrometheus({ edge: 9 });
  const env = { PROMETHEUS_REMOTE_WRITE_URL: `${prometheus.origin}/api/v1/write`, PROMETHEUS_PUSH_INTERVAL: '1' };
  try {
    await withMode('edge', pushing, env, async () => {
      interface Found {
        readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
      }
      const found = await eventually('a push', async () => {
        const { result } = await prometheus.query<Found>('query?query=halyard_flags');
        return result.length > 0 ? result : undefined;
      });
      expect(found).toHaveLength(1);
      expect(found[0]?.metric).toMatchObject({ environment: 'development', app_name: 'unleash-edge' });
      expect(Number(found[0]?.value[1])).toBe(2);
    });
  } finally {
    await prometheus.stop();
  }
});
