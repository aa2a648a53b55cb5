/** Programs that evaluate flags with the published OpenFeature providers, one per language: how each is run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { builtComponent, componentDir, componentPython } from '../../support/components.ts';

/** One evaluation. JavaScript knows numbers only, others tell integers and floats apart. */
export interface Call {
  readonly flag: string;
  readonly type: 'boolean' | 'string' | 'integer' | 'float' | 'object';
  readonly default: unknown;
  readonly context: Readonly<Record<string, string | number | boolean>>;
}

/** What a driver reads a list of: a server to ask, and the evaluations in order. */
export interface Plan {
  readonly baseUrl: string;
  readonly token: string;
  readonly calls: readonly Call[];
}

/** What the application is told about one evaluation. */
export interface Told {
  readonly value: unknown;
  readonly variant?: string | null;
  readonly reason?: string | null;
  readonly errorCode?: string | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

export interface Driver {
  readonly language: 'node' | 'python' | 'go' | 'java';
  /** The component that brings the provider. */
  readonly component: string;
  command(): readonly [file: string, ...args: string[]];
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const drivers: readonly Driver[] = [
  {
    language: 'node',
    component: 'openfeature-server',
    command: () => [process.execPath, here('server/client.mjs'), componentDir('openfeature-server')!],
  },
  {
    language: 'python',
    component: 'openfeature-python',
    command: () => [componentPython('openfeature-python')!, here('python/client.py')],
  },
  {
    language: 'go',
    component: 'openfeature-go',
    command: () => [join(builtComponent('openfeature-go')!, 'client')],
  },
  {
    language: 'java',
    component: 'openfeature-java',
    command: () => {
      const folder = builtComponent('openfeature-java')!;
      return ['java', '-cp', `${join(folder, 'client.jar')}:${join(folder, 'lib/*')}`, 'halyard.ofrep.Client'];
    },
  },
];

/** Runs all plans in one process. Returns a list of answers per plan. */
export async function runDriver(driver: Driver, plans: readonly Plan[]): Promise<readonly (readonly Told[])[]> {
  const [file, ...args] = driver.command();
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  child.stdin.end(JSON.stringify(plans));
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`the ${driver.language} client ended with ${code}: ${errors}${out}`);
  return JSON.parse(out);
}
