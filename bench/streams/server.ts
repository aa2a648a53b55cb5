/** A server of streams for the benchmark: the real host and hub, with definitions that are changed on request. */
import { listen } from '../../src/http/hosts/listen.ts';
import type { HttpHandler } from '../../src/http/types.ts';
import { EdgeDeltaHub } from '../../src/unleash/edge/streaming/edge-delta.ts';
import { clientToken, definitions, flag, TestEnvironments } from '../../src/unleash/edge/streaming/testing.ts';

const flags = 350;
const projects = ['one', 'two', 'three'];
const environments = new TestEnvironments();
const quiet = { debug() {}, info() {}, warn() {}, error: console.error, fatal: console.error };
const hub = new EdgeDeltaHub({
  environments,
  timers: {
    now: Date.now,
    set(run, ms) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  },
  slicing: { elapsedMs: () => performance.now(), yieldNow: () => new Promise((resolve) => setImmediate(resolve)) },
  logger: quiet,
});

let revision = 0;
const change = () => {
  revision++;
  const list = Array.from({ length: flags }, (_, n) => ({
    ...flag(`flag-${n}`, projects[n % 3], n !== 0 || revision % 2 === 0),
    strategies: [
      { name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'default', groupId: `flag-${n}` } },
    ],
    // Every project has a flag that tells the revision.
    description: n < 3 ? `revision-${revision}.` : 'A flag of the benchmark',
  }));
  environments.set('e', definitions(...list));
};
change();

const collect = () => globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
const handler: HttpHandler = async (request) => {
  const json = (value: unknown) => ({ status: 200, headers: {}, body: JSON.stringify(value) });
  switch (request.path) {
    case '/stream': {
      const project = new URLSearchParams(request.query).get('project') as string;
      const seen = project === '*' ? ['*'] : [project];
      return hub.stream({ cacheKey: 'e', projects: seen }, clientToken(`${project}:e.x`, seen), request);
    }
    case '/change': {
      const begun = performance.now();
      change();
      await hub.settled();
      return json({ revision, handedOverMs: performance.now() - begun });
    }
    case '/memory': {
      const { gc, Bun } = collect();
      if (Bun !== undefined) Bun.gc(true);
      else gc?.();
      return json({ residentBytes: process.memoryUsage.rss(), open: hub.connectedClients });
    }
    default:
      return { status: 404, headers: {}, body: null };
  }
};
void listen(handler, { port: 0, host: '127.0.0.1' }).then(({ port }) => console.log(`port ${port}`));
