// What the suites share: how Halyard and the limits are started, and the feature sets.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { hasComponent } from '../../scripts/lib/components.mjs';
import { firstLine } from '../lib/machine.mjs';
import { nginxLaunch } from '../limits/nginx.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const launcher = join(root, 'bin', 'halyard.mjs');
const bareServer = fileURLToPath(new URL('../limits/bare-server.mjs', import.meta.url));

/** Feature sets of `datasets.mjs`. `connections`: fewer where an answer takes so long that a queue would be all one sees. */
export const flagSets = {
  small: { title: '5 flags' },
  large: { title: '350 flags' },
  huge: { title: '5,000 flags', connections: 8 },
};

const packageVersion = (dir) => JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).version;
const commit = () => firstLine('git', ['describe', '--always', '--dirty'], { cwd: root });
const bunVersion = () => `Bun ${firstLine(bunBinary(), ['--version'])}`;

/** Halyard on one runtime; `mode` are its arguments, `settings` makes its variables. */
export function halyard(runtime, mode, settings) {
  const onBun = runtime === 'bun';
  return {
    id: `halyard-${runtime}`,
    title: `Halyard on ${onBun ? 'Bun' : 'Node'}`,
    swaps: true,
    launch: (where) => ({
      command: process.execPath,
      args: [launcher, ...mode],
      env: { ...settings(where), HALYARD_RUNTIME: runtime },
    }),
    version: () => `${packageVersion(root)} (${commit()}), ${onBun ? bunVersion() : `Node ${process.versions.node}`}`,
  };
}

/** What sends the bytes of another server and does nothing else. In no race: they show what a machine can do. */
export const limits = [
  {
    id: 'bare',
    title: 'bare Bun.serve, same bytes',
    limit: true,
    launch: ({ ports, replies }) => ({
      command: bunBinary(),
      args: [bareServer, replies, JSON.stringify(ports)],
      env: { NODE_ENV: 'production' },
    }),
    version: bunVersion,
  },
  {
    id: 'nginx',
    title: 'nginx, same bytes from a file',
    limit: true,
    component: 'nginx',
    launch: nginxLaunch,
    version: () =>
      spawnSync('nginx', ['-v'], { encoding: 'utf8' })
        .stderr.trim()
        .replace(/^.*nginx\//, ''),
  },
];

/** Why a subject cannot be measured here, or undefined when it can. */
export function missing({ component, optional }) {
  if (component === undefined || !optional || hasComponent(component)) return undefined;
  // Installing it takes a compiler and twenty minutes, so that is left to whoever wants the comparison.
  return `the component ${component} is not installed (npm run components -- ${component})`;
}

export { packageVersion };
