// wrk on its own core, with its figures read from the script's `done` instead of the rounded text.
import { fileURLToPath } from 'node:url';
import { startPinned } from './child.mjs';

const script = fileURLToPath(new URL('../load/requests.lua', import.meta.url));

/** Starts a load that runs for `seconds` or until `stop()`; `result` resolves with its figures. */
export function startWrk({ url, headers, seconds, connections, core, nice = 0 }) {
  const child = startPinned({
    name: 'wrk',
    command: 'wrk',
    core,
    nice,
    args: [
      ...['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script],
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      ...[url, '--', String(Math.floor(Math.random() * 2 ** 31))],
    ],
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
