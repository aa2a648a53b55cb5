// What the kernel knows about the processes that really listen: a launcher may sit between us and the server.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const TICKS_PER_SECOND = 100; // USER_HZ, fixed at 100 for every Linux user space we run on

/** Processes below and including `rootPid` that hold a socket listening on `port`. */
export function listeningPids(rootPid, port) {
  const inodes = socketInodes(port, listening);
  return processTree(rootPid).filter((pid) => openSockets(pid).some((inode) => inodes.has(inode)));
}

/** Resident memory in KiB: of the listening processes now and at their peak, and of the whole tree now. */
export function memory(rootPid, port) {
  const listeners = listeningPids(rootPid, port).map(status);
  const tree = processTree(rootPid).map(status);
  const sum = (list, key) => list.reduce((total, entry) => total + (entry[key] ?? 0), 0);
  return { residentKiB: sum(listeners, 'VmRSS'), peakKiB: sum(listeners, 'VmHWM'), treeKiB: sum(tree, 'VmRSS') };
}

/** CPU time in seconds that the listening processes have used so far. */
export function cpuSeconds(rootPid, port) {
  return listeningPids(rootPid, port).reduce((total, pid) => total + ticks(pid) / TICKS_PER_SECOND, 0);
}

/** CPU time of all threads of a process, from the scheduler: finer than the hundredths that processes are charged in. */
export function cpuMicroseconds(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((total, thread) => {
    const [nanoseconds = 0] = read(`/proc/${pid}/task/${thread}/schedstat`).split(' ').map(Number);
    return total + nanoseconds / 1_000;
  }, 0);
}

/** CPU time in seconds of a process, everything it started and everything of that which has ended. */
export function cpuSecondsOfTree(rootPid) {
  return processTree(rootPid).reduce((total, pid) => total + (ticks(pid) + endedTicks(pid)) / TICKS_PER_SECOND, 0);
}

/** How many connections to `port` each process has open, of a process and everything it started; those with none are left out. */
export function connectionsByProcess(rootPid, port) {
  const inodes = socketInodes(port, established);
  const counts = processTree(rootPid).map((pid) => [pid, openSockets(pid).filter((inode) => inodes.has(inode)).length]);
  return new Map(counts.filter(([, count]) => count > 0));
}

/** Waits until the listening processes use less than a twentieth of a core, ten seconds at most. */
export async function untilIdle(rootPid, port) {
  const deadline = performance.now() + 10_000;
  let before = cpuSeconds(rootPid, port);
  while (performance.now() < deadline) {
    await sleep(200);
    const now = cpuSeconds(rootPid, port);
    if (now - before <= 0.01) return;
    before = now;
  }
}

// States as the kernel writes them.
const listening = '0A';
const established = '01';

// Sockets whose local end is the port.
function socketInodes(port, wantedState) {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of read(table).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === wantedState && local.endsWith(`:${wanted}`)) inodes.add(inode);
    }
  }
  return inodes;
}

function openSockets(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => socketInode(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function socketInode(link) {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1];
  } catch {
    return undefined; // closed between listing and reading
  }
}

function processTree(rootPid) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry)) parents.set(Number(entry), Number(statFields(entry)[1]));
  }
  const tree = [rootPid];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}

function ticks(pid) {
  const fields = statFields(pid);
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function endedTicks(pid) {
  const fields = statFields(pid);
  return Number(fields[13] ?? 0) + Number(fields[14] ?? 0);
}

// The second field is the command in parentheses and may hold spaces, so fields are counted from behind it:
// 0 is the state, 1 the parent, 11 and 12 are user and system time, 13 and 14 those of children that ended.
function statFields(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function status(pid) {
  const figures = {};
  for (const [, key, value] of read(`/proc/${pid}/status`).matchAll(/^(Vm\w+):\s+(\d+) kB$/gm)) {
    figures[key] = Number(value);
  }
  return figures;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process ended meanwhile
  }
}
