// A lock between processes of one machine: a file with the number of whoever holds it. One whose holder has ended counts as
// free. At worst two processes hold it for a while, who took it from the same dead one: what is done under it must bear that.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** A file is created and written in two steps; this long it may be empty. */
const longestEmptyMs = 1_000;

/** @returns {boolean} whether this process holds the lock now */
export function takeLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isHeld(path)) rmSync(path, { recursive: true, force: true });
    return false;
  }
}

export function releaseLock(path) {
  rmSync(path, { force: true });
}

function isHeld(path) {
  const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (modifiedMs === undefined) return false;
  let pid;
  try {
    pid = Number(readFileSync(path, 'utf8'));
  } catch {
    // Gone meanwhile, or the folder that earlier versions made.
    return false;
  }
  if (!Number.isInteger(pid) || pid <= 0) return Date.now() - modifiedMs < longestEmptyMs;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
