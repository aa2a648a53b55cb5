/** An application in this process with extensions given in code, and what it logged. */
import type { ProxyOptions } from '../../../src/index.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';
import { halyard, type Listening, listen, ordinaryOptions } from './apps.ts';

/** A flag with one strategy. */
export const flag = (name: string, strategy: string) => ({
  name,
  enabled: true,
  strategies: [{ name: strategy, parameters: { want: 'alice' }, constraints: [] }],
  variants: [],
});

export interface Running {
  readonly server: Listening;
  readonly upstream: Upstream;
  readonly logged: string[];
}

/** Runs a test with an upstream and an application over it. */
export async function withApp(
  options: Partial<ProxyOptions>,
  use: (running: Running) => Promise<void>,
  given: { definitions?: unknown; upstreamStatus?: number; waitForReady?: boolean } = {},
): Promise<void> {
  const upstream = await startUpstream({
    definitions: given.definitions ?? { version: 2, features: [flag('plain', 'default')] },
  });
  if (given.upstreamStatus) upstream.behave('features', { kind: 'answer', status: given.upstreamStatus });
  const logged: string[] = [];
  const log = (message: unknown) => void logged.push(message instanceof Error ? message.message : String(message));
  const logger = { debug: log, info: log, warn: log, error: log, fatal: log };
  const app = halyard().createApp({ ...ordinaryOptions(upstream), logger, ...options });
  if (given.waitForReady !== false) await app.halyard.ready;
  const server = await listen(app);
  try {
    await use({ server, upstream, logged });
  } finally {
    await server.close();
    await app.halyard.close();
    await upstream.close();
  }
}
