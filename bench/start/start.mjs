// Start to first answer: from spawn to the first 200 on GET /proxy, with an upstream on this machine.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { memory } from '../lib/listener.mjs';
import { startSubject, startUpstream } from '../lib/stage.mjs';
import { median } from '../lib/statistics.mjs';
import { captureReplies } from '../load/replies.mjs';

/** Starts every subject several times in turn; one row per subject. */
export async function measureStart(size, run) {
  const { suite, options, subjects, scratch, say } = run;
  const upstream = await startUpstream(size, { scratch, core: options.clientCore });
  const replies = join(scratch, `replies-start-${size}.json`);
  const idle = new Map();
  const rows = subjects.map((subject) => ({ subject, ms: [] }));
  try {
    let captured = false;
    // One start more than is counted: the first one fills the page cache.
    for (let turn = 0; turn <= options.starts; turn++) {
      for (const { subject, ms } of [...rows].sort(
        (a, b) => Number(a.subject.limit ?? 0) - Number(b.subject.limit ?? 0),
      )) {
        if (subject.limit && !captured) continue;
        const settings = { suite, upstreamPort: upstream.port, scratch, core: options.serverCore, replies };
        const server = await startSubject(subject, settings);
        if (!captured) await captureReplies(server.port, suite.workloads.slice(0, 1), replies);
        captured = true;
        if (turn === options.starts) idle.set(subject, await idleMemory(server));
        await server.stop();
        if (turn > 0) ms.push(server.startMs);
      }
    }
  } finally {
    await upstream.stop();
  }
  return rows.map(({ subject, ms }) => {
    say(`start ${size} ${subject.id}: ${Math.round(median(ms))} ms`);
    return { dataset: size, subject: subject.id, startMs: median(ms), runs: ms, idleKiB: idle.get(subject) };
  });
}

/** Resident memory two seconds after the first answer, when what the start left behind has been collected. */
async function idleMemory({ child, port }) {
  await sleep(2_000);
  return memory(child.pid, port).residentKiB;
}
