/** The real Unleash Edge and a Halyard side by side, with the same settings. */
import { cargoProgram } from '../../support/components.ts';
import { type Server, type StartOptions, startServer } from '../../support/server.ts';
import type { Subject } from '../../support/subjects.ts';
import { eventually } from '../../support/wait.ts';

/**
 * True when the real Edge was built; otherwise says loudly what does not run. `npm run test:edge` builds it and insists.
 * An ordinary run, also on CI, does not: building takes about twenty minutes.
 */
export function hasRealEdge(purpose: string): boolean {
  if (cargoProgram('unleash-edge') !== undefined) return true;
  const text = `the real Unleash Edge is not built: ${purpose} did NOT run ("npm run test:edge" builds it)`;
  if (process.env.HALYARD_REQUIRE_EDGE === 'true') throw new Error(text);
  console.warn(`\n*** SKIPPED: ${text} ***\n`);
  return false;
}

export interface EdgeOptions {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly port?: number;
  /** Where to ask whether it listens; false does not wait. */
  readonly waitFor?: string | false;
}

/** Starts the real Edge as `npm run test:edge` built it. */
export function startRealEdge(options: EdgeOptions): Promise<Server> {
  const file = cargoProgram('unleash-edge');
  if (file === undefined) throw new Error('The real Unleash Edge was not built: npm run test:edge');
  const command = { file, args: options.args, env: { WORKERS: '1' } };
  return start('real', { ...options, command });
}

export function startHalyardEdge(subject: Subject, options: EdgeOptions): Promise<Server> {
  return start(subject, options);
}

async function start(subject: Subject, options: EdgeOptions & Pick<StartOptions, 'command'>): Promise<Server> {
  const { waitFor = '/internal-backstage/health', env = {}, ...rest } = options;
  const server = await startServer(subject, {
    ...rest,
    env: { INTERFACE: '127.0.0.1', hostname: 'test-host', ...env },
    waitFor: 'nothing',
  });
  if (waitFor === false) return server;
  try {
    await eventually(`${subject} to listen`, async () => {
      if (!server.alive()) throw new Error('it ended');
      return (await server.get(waitFor)).status !== 0;
    });
  } catch (error) {
    const output = `stdout: ${server.stdout()}\nstderr: ${server.stderr()}`;
    await server.stop().catch(() => undefined);
    throw new Error(`${subject} did not start\n${output}`, { cause: error });
  }
  return server;
}

export interface Pair {
  readonly real: Server;
  readonly halyard: Server;
  readonly both: readonly [real: Server, halyard: Server];
  stop(): Promise<void>;
}

/** Starts both; `optionsFor` gets the name under which each calls upstream. */
export async function startPair(
  subject: Subject,
  optionsFor: (name: 'real' | 'halyard') => EdgeOptions,
): Promise<Pair> {
  const started = await Promise.allSettled([
    startRealEdge(optionsFor('real')),
    startHalyardEdge(subject, optionsFor('halyard')),
  ]);
  const failed = started.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    for (const outcome of started)
      if (outcome.status === 'fulfilled') await outcome.value.stop().catch(() => undefined);
    throw failed.reason;
  }
  const [real, halyard] = started.map((outcome) => (outcome as PromiseFulfilledResult<Server>).value);
  const both = [real, halyard] as [Server, Server];
  return {
    real: both[0],
    halyard: both[1],
    both,
    async stop() {
      const ended = await Promise.allSettled(both.map((server) => server.stop()));
      for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason;
    },
  };
}
