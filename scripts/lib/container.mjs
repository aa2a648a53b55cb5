// Runs programs the way a container engine does, with what Linux brings: namespaces of their own for files, mounts and
// processes, a root that cannot be written, a user without rights.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const unshare = ['--mount', '--pid', '--fork'];
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** True where this system and this user may do all that: root on Linux, in a container only with rights of its own. */
export function canContain() {
  return (
    process.platform === 'linux' && process.getuid() === 0 && spawnSync('unshare', [...unshare, 'true']).status === 0
  );
}

/**
 * Runs a shell command as root in a folder that holds everything of this machine besides some folders of its own: how
 * steps of a build stage are carried out, whose image would bring Node.
 *
 * @param own folders, such as `/src`, by the folders that take their place
 */
export function buildIn(root, own, workdir, command, env) {
  const lines = ['set -e'];
  for (const entry of spawnSync('ls', ['-A', '/'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)) {
    const there = quote(join(root, entry));
    if (Object.hasOwn(own, `/${entry}`)) continue;
    lines.push(
      `if [ -h ${quote(`/${entry}`)} ]; then cp -P ${quote(`/${entry}`)} ${there}; ` +
        `elif [ -d ${quote(`/${entry}`)} ]; then mkdir -p ${there}; mount --rbind ${quote(`/${entry}`)} ${there}; fi`,
    );
  }
  for (const [path, folder] of Object.entries(own)) {
    lines.push(`mkdir -p ${quote(root + path)}`, `mount --bind ${quote(folder)} ${quote(root + path)}`);
  }
  lines.push(`exec chroot ${quote(root)} sh -c ${quote(`cd ${quote(workdir)} && ${command}`)}`);
  const done = spawnSync('unshare', [...unshare, 'sh', '-c', lines.join('\n')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) throw new Error(`A step of the build failed: ${command}`);
}

/**
 * Starts an image's program as process 1 and as its user, who has no rights, below a root that cannot be written.
 *
 * @param volumes folders that can be written, by the path where they appear
 * @returns the process outside, and the id of the one inside
 */
export async function startContainer(
  { root, user, workdir, entrypoint, env: own = {} },
  args,
  { env = {}, volumes = {} } = {},
) {
  const [uid, gid] = user.split(':');
  const program = [...entrypoint, ...args].map(quote).join(' ');
  const lines = [
    'set -e',
    `mount --bind ${quote(root)} ${quote(root)}`,
    // Mounted anew: the shell's folder is the one below.
    `cd ${quote(root)}`,
    ...Object.entries(volumes).map(([path, folder]) => `mount --bind ${quote(folder)} ${quote(root + path)}`),
    'mount --rbind /dev dev',
    'mount -t proc proc proc',
    `mount -o remount,bind,ro ${quote(root)}`,
    'if touch app/x 2>/dev/null; then echo "the root can be written" >&2; exit 99; fi',
    `exec setpriv --no-new-privs unshare --root=${quote(root)} --wd=${quote(workdir)} --setgid=${gid} --setuid=${uid} ${program}`,
  ];
  const child = spawn('unshare', [...unshare, 'sh', '-c', lines.join('\n')], {
    env: { ...own, ...env, PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, inner: await innerProcess(child.pid) };
}

/** Runs a command beside the first process of a container, as `docker exec` does. */
export function execIn({ inner, user }, command, env) {
  const [uid, gid] = user.split(':');
  const enter = ['--target', String(inner), '--mount', '--pid', '--root', '--wd=/'];
  const identity = ['--setuid', uid, '--setgid', gid];
  return spawnSync('nsenter', [...enter, ...identity, ...command], { env, encoding: 'utf8', timeout: 20_000 });
}

async function innerProcess(pid) {
  for (let tries = 0; tries < 500; tries++) {
    const [inner] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (inner) return Number(inner);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('The container did not start');
}
