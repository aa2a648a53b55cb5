// What a large set takes: `node bench/memory/main.mjs` prints the tables of docs/performance/memory.md.
// Resident memory as in the suites (two seconds after the first answer), by kind of mapping; and what is live, by stage.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { listeningPids } from '../lib/listener.mjs';
import { scratchFolder, startSubject, startUpstream } from '../lib/stage.mjs';
import { median } from '../lib/statistics.mjs';
import suite from '../suites/unleash-edge.mjs';

const rounds = Number(process.argv[2] ?? 3);
const here = fileURLToPath(new URL('.', import.meta.url));
const mebibytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);
const kinds = ['code and libraries', 'heap and allocations', 'code made at run time'];

/** Resident bytes by kind. */
function mappings(pid) {
  const sums = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  let kind = kinds[0];
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const [, access, name] = /^[0-9a-f]+-[0-9a-f]+ (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
    if (access !== undefined) kind = name.startsWith('/') ? kinds[0] : access.includes('x') ? kinds[2] : kinds[1];
    const [, kibibytes] = /^Rss:\s+(\d+) kB/.exec(line) ?? [];
    if (kibibytes !== undefined) sums[kind] += Number(kibibytes) * 1024;
  }
  return sums;
}

async function resident(subject, size, scratch) {
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    const upstream = await startUpstream(size, { scratch, core: 1 });
    const server = await startSubject(subject, { suite, upstreamPort: upstream.port, scratch, core: 0 });
    await sleep(2_000);
    runs.push(mappings(listeningPids(server.child.pid, server.port)[0]));
    await server.stop();
    await upstream.stop();
  }
  return Object.fromEntries(kinds.map((kind) => [kind, median(runs.map((run) => run[kind]))]));
}

function stagesOf(onBun) {
  const [command, args] = onBun ? [bunBinary(), []] : [process.execPath, ['--expose-gc']];
  const output = execFileSync(command, [...args, join(here, 'stages.mjs')], { encoding: 'utf8' });
  return JSON.parse(output.trim().split('\n').at(-1));
}

const total = (sums) => kinds.reduce((sum, kind) => sum + sums[kind], 0);
const scratch = scratchFolder('.bench');
try {
  for (const subject of suite.subjects.slice(0, 2)) {
    const small = await resident(subject, 'small', scratch.path);
    const huge = await resident(subject, 'huge', scratch.path);
    const { stages, documentBytes } = stagesOf(subject.id.endsWith('bun'));
    const kept = stages.reduce((sum, { bytes }) => sum + bytes, 0);
    const over = total(huge) - total(small);
    const row = (what, bytes) => `| ${what} | ${mebibytes(bytes)} | ${(bytes / documentBytes).toFixed(1)} × |`;
    console.log(
      [
        `### ${subject.title}`,
        '',
        `| Over an idle process | MiB | sizes of the document |`,
        '|---|---:|---:|',
        row('all resident memory', over),
        ...kinds.map((kind) => row(`– ${kind}`, huge[kind] - small[kind])),
        ...stages.map(({ stage, bytes }) => row(`live: ${stage}`, bytes)),
        row('resident, and not live', over - kept),
        '',
      ].join('\n'),
    );
  }
} finally {
  scratch.remove();
}
process.exit();
