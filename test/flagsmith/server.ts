import { readConfig } from '../../src/flagsmith/config/read-config.ts';
import { createFlagsmithService } from '../../src/flagsmith/service.ts';
import { listenOnBun } from '../../src/http/hosts/bun.ts';
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import { createUpstreamClient } from '../../src/http/upstream/client.ts';

/** The Flagsmith part on a real socket with a real clock. Run by Bun with `serve`, it prints its port. */
export async function startFlagsmith(
  listen: Listen,
  environment: Record<string, string | undefined>,
): Promise<Listening> {
  const result = readConfig(null, environment);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  const service = createFlagsmithService({
    config: result.config,
    send: createUpstreamClient({ rejectUnauthorized: true }),
    timers: {
      now: () => Date.now(),
      random: () => Math.random(),
      set(run, ms) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      yieldToOthers: () => new Promise((resolve) => setImmediate(resolve)),
    },
    log: { info() {}, warn() {}, error() {} },
    randomId: () => crypto.randomUUID(),
    openEventStream: null,
    kept: null,
  });
  await service.start();
  const listening = await listen(service.handler, { port: 0, host: '127.0.0.1' });
  return {
    ...listening,
    close: async (graceMs) => {
      await service.stop();
      await listening.close(graceMs);
    },
  };
}

if (process.argv[2] === 'serve') {
  const { port } = await startFlagsmith(listenOnBun, process.env);
  console.log(`port ${port}`);
}
