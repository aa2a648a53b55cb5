// A load generator that never sleeps. Between two replies wrk sleeps, and the kernel charges the server for waking it: the
// faster a server is, the seldomer, because wrk is then still busy with what came before. Clients behind a network are not
// woken by a server, so where wrk has a core of its own it can be kept awake (awake.c).
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('awake.c', import.meta.url));
const library = 'awake.so';

/**
 * Makes what keeps wrk awake in the folder of this run, where `wrkAwake` asks for it.
 *
 * @returns the `library` for `startWrk`, or the `reason` why it could not be made; neither where it is not asked for
 */
export function keepAwake(scratch, { wrkAwake }, say) {
  if (!wrkAwake) return {};
  const reason = problem(scratch);
  if (reason === undefined) return { library: join(scratch, library) };
  say(`wrk cannot be kept awake: ${reason}`);
  return { reason };
}

/** What a results file says of it: `awake`, and why not. */
export const generatorOf = ({ library: made, reason }) => ({ awake: made !== undefined, ...(reason && { reason }) });

/** How wrk is started so that it loads the library. A path of the folder itself may hold what separates entries of LD_PRELOAD. */
export const withLibrary = (path) =>
  path === undefined ? {} : { cwd: dirname(path), env: { LD_PRELOAD: `./${library}` } };

function problem(scratch) {
  const args = ['-O2', '-shared', '-fPIC', '-o', join(scratch, library), source];
  const compiled = spawnSync('cc', args, { encoding: 'utf8' });
  if (compiled.error) return 'there is no C compiler (cc)';
  if (compiled.status !== 0) return `cc failed: ${compiled.stderr.trim().split('\n')[0]}`;
  // A wrk that is linked otherwise would do without it, and say nothing: the loader lists what it would load.
  const { cwd, env } = withLibrary(join(scratch, library));
  const listed = spawnSync('wrk', [], {
    cwd,
    env: { PATH: process.env.PATH, ...env, LD_TRACE_LOADED_OBJECTS: '1' },
    encoding: 'utf8',
  });
  return listed.stdout?.includes(library) ? undefined : 'wrk does not load what keeps it awake';
}

/** The sentences of a page about the load generator. @param generator what `generatorOf` gave; undefined in results from before */
export function aboutGenerator(generator) {
  if (generator?.awake) {
    return `\`wrk\` is kept awake: it asks for replies again and again instead of sleeping until one comes (\`bench/load/awake.c\`),
because clients are behind a network, and no server pays for waking them. A \`wrk\` that sleeps costs every server that is slower than
it a part of each request, and the bare server, which keeps it busy, hardly anything.`;
  }
  const reason = generator?.reason === undefined ? '' : ` (it could not be kept awake: ${generator.reason})`;
  return `\`wrk\` is taken as it is${reason}: it sleeps until a reply comes, and the server pays for waking it, which weighs most where a
reply is cheap. A server that keeps it busy, as the bare one does, pays hardly anything.`;
}
