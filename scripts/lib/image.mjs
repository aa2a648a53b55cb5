// Makes what the Dockerfile makes, without a container engine: its build stage below a root of its own, its image as a
// folder. In place of the base stand the few files of this machine that the program needs of one.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { buildIn } from './container.mjs';
import { ignoreRule, readDockerfile, shellText } from './dockerfile.mjs';

const architectures = { x64: 'amd64', arm64: 'arm64' };

/**
 * Carries out a Dockerfile of two stages.
 *
 * @param scratch an empty folder
 * @param built files that stand for the results of the build stage, by path; undefined carries the stage out
 * @returns the image: its folder, and what it starts
 */
export function makeImage(repository, scratch, built) {
  const [build, final] = readDockerfile(join(repository, 'Dockerfile'));
  const stage = join(scratch, 'build');
  mkdirSync(stage, { recursive: true });
  if (built === undefined) carryOut(build, repository, stage);
  else for (const [path, from] of Object.entries(built)) place(from, stage + path);
  return assemble(final, stage, join(scratch, 'root'));
}

function carryOut({ instructions }, repository, stage) {
  const ignored = ignoreRule(join(repository, '.dockerignore'));
  const own = { '/src': join(stage, 'src'), '/out': join(stage, 'out'), '/tmp': join(stage, 'tmp') };
  for (const folder of Object.values(own)) mkdirSync(folder, { recursive: true });
  let workdir = '/';
  for (const { keyword, words, text } of instructions) {
    if (keyword === 'WORKDIR') workdir = resolve(workdir, words[0]);
    if (keyword === 'COPY') {
      const to = stage + resolve(workdir, words.at(-1));
      for (const name of words.slice(0, -1)) {
        if (name === '.') copyContext(repository, to, ignored);
        else if (ignored(name)) throw new Error(`.dockerignore leaves out ${name}`);
        else place(join(repository, name), join(to, basename(name)));
      }
    }
    if (keyword === 'RUN') {
      const root = join(stage, 'root');
      mkdirSync(root, { recursive: true });
      buildIn(root, own, workdir, shellText(text), { TARGETARCH: architectures[process.arch] });
    }
  }
}

function copyContext(repository, to, ignored) {
  for (const name of readdirSync(repository)) {
    if (ignored(name)) continue;
    const filter = (path) => !ignored(path.slice(repository.length + 1));
    cpSync(join(repository, name), join(to, name), { recursive: true, filter });
  }
}

function assemble({ instructions }, stage, root) {
  layBase(root);
  const image = { root, user: '0:0', workdir: '/', entrypoint: [], healthcheck: [], exposed: [], labels: '', env: {} };
  for (const { keyword, flags, words, text } of instructions) {
    if (keyword === 'COPY') copyFromStage(flags, words, stage, root);
    if (keyword === 'ENV') Object.assign(image.env, Object.fromEntries(words.map((word) => word.split('='))));
    if (keyword === 'USER') image.user = words[0];
    if (keyword === 'WORKDIR') image.workdir = words[0];
    if (keyword === 'EXPOSE') image.exposed = words;
    if (keyword === 'LABEL') image.labels += text;
    if (keyword === 'ENTRYPOINT') image.entrypoint = words;
    if (keyword === 'HEALTHCHECK') image.healthcheck = words;
  }
  return image;
}

/** What a base has and the program uses: the C library, names of hosts, the one user that every base has, folders to mount on. */
function layBase(root) {
  for (const path of ['app', 'dev', 'etc', 'proc', 'tmp', 'usr/local/bin'])
    mkdirSync(join(root, path), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
  for (const path of ['etc/hosts', 'etc/resolv.conf', 'etc/nsswitch.conf']) {
    if (existsSync(`/${path}`)) place(`/${path}`, join(root, path));
  }
  for (const library of [
    'libc.so.6',
    'libm.so.6',
    'libdl.so.2',
    'libpthread.so.0',
    'libnss_files.so.2',
    'libresolv.so.2',
  ]) {
    const found = spawnSync('sh', ['-c', `ldconfig -p | awk '$1 == "${library}" {print $NF; exit}'`], {
      encoding: 'utf8',
    });
    const path = found.stdout.trim();
    if (path !== '') place(path, root + path);
  }
  const loader = { x64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' }[process.arch];
  place(loader, root + loader);
}

function copyFromStage(flags, words, stage, root) {
  const target = words.at(-1);
  for (const source of words.slice(0, -1)) {
    const from = stage + source;
    // Of a folder, what is in it is copied.
    const isInto = target.endsWith('/') && !statSync(from).isDirectory();
    const to = root + (isInto ? join(target, basename(source)) : target);
    place(from, to);
    if (flags.chmod) chmodSync(to, Number.parseInt(flags.chmod, 8));
    const [uid, gid] = (flags.chown ?? '0:0').split(':').map(Number);
    chownSync(to, uid, gid);
  }
}

/** Copies a file, also one that a link leads to; or a folder, in which links stay links. */
function place(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const recursive = statSync(from).isDirectory();
  cpSync(from, to, { recursive, dereference: !recursive, verbatimSymlinks: recursive });
}
