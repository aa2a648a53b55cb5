// wrk on its own core, with its figures read from the script's `done` instead of the rounded text.
import { fileURLToPath } from 'node:url';
import { withLibrary } from '../load/awake.mjs';
import { startPinned } from './child.mjs';

const requests = fileURLToPath(new URL('../load/requests.lua', import.meta.url));

/** Another one for each run: the same users in the same order would be answered from memory. */
const seed = () => String(Math.floor(Math.random() * 2 ** 31));

/**
 * Starts a load that runs for `seconds` or until `stop()`; `result` resolves with its figures.
 *
 * @param awake the library that keeps wrk awake (load/awake.mjs); without it wrk sleeps between replies
 * @param script what makes the requests, and its arguments `args`; default: the URL and the headers
 */
export function startWrk({ url, headers, seconds, connections, core, nice = 0, awake, script = requests, args }) {
  const child = startPinned({
    name: 'wrk',
    command: 'wrk',
    core,
    nice,
    args: [
      ...['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script],
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      ...[url, '--', ...(args ?? [seed()])],
    ],
    ...withLibrary(awake),
  });
  const result = child.exited.then(() => {
    const line = /^RESULT (.*)$/m.exec(child.stdout());
    if (!line) throw new Error(`wrk gave no result:\n${child.output()}`);
    return JSON.parse(line[1]);
  });
  result.catch(() => undefined); // a load that runs beside something else may fail before anybody awaits it
  return {
    result,
    stop() {
      child.interrupt();
      return result;
    },
  };
}

/** Runs one load to its end. */
export const runWrk = (load) => startWrk(load).result;

/** Failed requests in a result: any answer that is not 2xx or 3xx, and any socket error. */
export const failures = ({ errors }) => Object.values(errors).reduce((total, count) => total + count, 0);
