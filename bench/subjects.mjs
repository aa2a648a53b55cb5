// Who is measured. A subject tells how it is started; everything else treats all of them alike.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentDir, componentNode } from '../scripts/lib/components.mjs';
import { firstLine } from './lib/machine.mjs';
import { clientKey } from './workloads.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bun = join(root, 'node_modules', '.bin', 'bun');
const launcher = join(root, 'bin', 'halyard.mjs');
const bareServer = fileURLToPath(new URL('load/bare-server.mjs', import.meta.url));

// The variables of the original: a drop-in replacement is measured with the settings it replaces.
const proxySettings = ({ port, upstreamPort, scratch, fetchIntervalMs }) => ({
  NODE_ENV: 'production',
  PORT: String(port),
  UNLEASH_URL: `http://127.0.0.1:${upstreamPort}/api`,
  UNLEASH_API_TOKEN: 'default:development.bench',
  UNLEASH_PROXY_CLIENT_KEYS: clientKey,
  TMPDIR: scratch, // where the backup file goes: none is left over from an earlier start
  ...(fetchIntervalMs ? { UNLEASH_FETCH_INTERVAL: String(fetchIntervalMs) } : {}),
});

const halyard = (runtime) => (settings) => ({
  command: process.execPath,
  args: [launcher],
  env: { ...proxySettings(settings), HALYARD_RUNTIME: runtime },
});

const packageVersion = (dir) => JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).version;
const commit = () => firstLine('git', ['describe', '--always', '--dirty'], { cwd: root });

/**
 * `launch(settings)` returns command, arguments and environment for one listening port and one upstream port;
 * `swaps` says whether it follows an upstream; `reference` marks the original that ratios are against.
 */
export const subjects = [
  {
    id: 'halyard-bun',
    title: 'Halyard on Bun',
    routes: ['proxy'],
    swaps: true,
    launch: halyard('bun'),
    version: () => `${packageVersion(root)} (${commit()}), Bun ${firstLine(bun, ['--version'])}`,
  },
  {
    id: 'halyard-node',
    title: 'Halyard on Node',
    routes: ['proxy'],
    swaps: true,
    launch: halyard('node'),
    version: () => `${packageVersion(root)} (${commit()}), Node ${process.versions.node}`,
  },
  {
    id: 'unleash-proxy',
    title: 'Unleash Proxy',
    routes: ['proxy'],
    swaps: true,
    reference: true,
    launch: (settings) => ({
      command: componentNode('unleash-proxy'),
      args: [join(unleashProxy(), 'dist', 'start.js')],
      env: proxySettings(settings),
    }),
    version: () =>
      `${packageVersion(unleashProxy())}, Node ${firstLine(componentNode('unleash-proxy'), ['--version']).slice(1)}`,
  },
  {
    id: 'bare',
    title: 'bare Bun.serve, same bytes',
    routes: ['proxy'],
    swaps: false,
    limit: true,
    launch: ({ port, compressedPort, replies }) => ({
      command: bun,
      args: [bareServer, String(port), String(compressedPort), replies],
      env: { NODE_ENV: 'production' },
    }),
    version: () => `Bun ${firstLine(bun, ['--version'])}`,
  },
];

function unleashProxy() {
  const dir = componentDir('unleash-proxy');
  if (!dir) throw new Error('@unleash/proxy is not installed');
  return join(dir, 'node_modules', '@unleash', 'proxy');
}
