// docs/performance/ofrep.md.
import { aboutGenerator } from '../load/awake.mjs';
import { modes, sets, userCount } from './modes.mjs';

const titles = { bun: 'Bun', node: 'Node' };
const count = (value) => value.toLocaleString('en-US');

const runText = ({ runtime, version, foreignLoad, loadGenerator }) =>
  `${titles[runtime]}: Halyard ${version}; other programs used ${(foreignLoad * 100).toFixed(1)} % of the machine meanwhile.
${aboutGenerator(loadGenerator)}`;

/** The page. */
export function markdown({ machine, settings, runs, rows, bare, unused }, checks) {
  const table = (head, body) =>
    [head, head.map((_, i) => (i > 0 ? '---:' : '---')), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const promises = checks.map(({ claim, target, measured, ok }) => [claim, target, measured, ok ? 'pass' : '**FAIL**']);
  const share = (value) => (value === undefined ? '' : value.toFixed(2));
  const loads = rows.flatMap(({ mode, set, runtime, loads: of, ratios }) =>
    of.map(({ kind, replyBytes, requestsPerSecond, cpuMicroseconds, p99Ms }) => [
      ...[`${modes[mode].title} on ${titles[runtime]}`, sets[set], kind, replyBytes === 0 ? '' : count(replyBytes)],
      ...[count(requestsPerSecond), cpuMicroseconds.toFixed(1), p99Ms.toFixed(1)],
      { 'OFREP bulk': share(ratios.bulkToGet), 'OFREP bulk 304': share(ratios.notModifiedToGet) }[kind] ?? '',
      { 'OFREP bulk': share(ratios.bulkToPost) }[kind] ?? '',
    ]),
  );
  const least = bare.flatMap(({ runtime, loads: of, ratios }) =>
    of.map(({ kind, cpuMicroseconds }) => [
      ...[`bare server on ${titles[runtime]}`, kind, cpuMicroseconds.toFixed(1)],
      { POST: share(ratios.postToGet), 'POST 304': share(ratios.notModified) }[kind] ?? '',
    ]),
  );
  const all = ({ cpuMicroseconds, processes }) =>
    [
      cpuMicroseconds.toFixed(1),
      ...(processes ? [`(${processes.map((each) => each.toFixed(1)).join(', ')})`] : []),
    ].join(' ');
  const tools = unused.flatMap(({ runtime, rows: of }) =>
    of.map(({ title, off, on, ratio }) => [`Edge on ${titles[runtime]}`, title, all(off), all(on), ratio.toFixed(2)]),
  );
  return `# OpenFeature beside each mode's own route

Measured on ${runs.at(-1).date} with \`npm run bench -- --suite ofrep\`, which writes this page. Raw figures: [ofrep.json](ofrep.json).

OpenFeature's clients ask for all flags with a POST (\`/ofrep/v1/evaluate/flags\`) and get a value, a variant and a reason
for each of them. It is to be at most 15 % slower than what the mode's own SDKs ask for, with the same users and flags, in
the same run. Their own GET has no body to be read; beside it stands their own POST, whose body holds the same contexts.

${table(['Promise', 'Target', 'Measured', ''], promises)}

## Bulk evaluation of 350 flags

${table(
  [
    ...['Server', 'flags', 'request', 'reply bytes', 'requests/s', 'CPU µs each', 'p99 ms'],
    ...["of the mode's GET", "of the mode's POST"],
  ],
  loads,
)}

${userCount} users come again and again, as clients do that poll. "Some by chance or the clock": among the 350 flags are rollouts
whose stickiness is \`random\`, dates and addresses; nearly every answer is another one then, and the mode's own entity tags
do not hold, while OpenFeature's do: they carry what was drawn. "All by user": nothing but the user decides, and an
answer stays what it is until flags change. The share is CPU time per request of the mode's route by that of OpenFeature's,
the median of ${settings.rounds} interleaved rounds of ${settings.seconds} s with ${settings.connections} keep-alive connections; the server has a core of its own.

A reply of OpenFeature tells all flags, with reasons. Unleash's own routes tell only those that are on. Flagsmith's tells
all, and has no entity tags.

## What a POST costs by itself

${table(['Server', 'request', 'CPU µs each', 'of its GET'], least)}

A server that sends the same ${count(bare[0].sizes.get)} bytes for each GET, and ${count(bare[0].sizes.post)} for each POST after it has read its body. Edge's own
GETs that come again are answered from memory before anything looks at them, so that they cost hardly more than the bare
server's; no POST can come nearer to them than the bare server's does. [What a POST costs](post-requests.md) says why.

## Explanations and the status page, unused

${table(['Server', 'GET /api/frontend for', 'CPU µs each, tools off', 'tools on', 'off / on'], tools)}

\`HALYARD_OPERATOR_ACCESS=off\` beside a server with \`HALYARD_OPERATOR_TOKEN\`, where nobody opens the page or asks for an
explanation. In parentheses the processes of each kind, which were loaded in turns; the figure before them is the median of all their
rounds, the share that of every process of one kind by every one of the other, round by round. Single rounds differ by a few per cent,
and so do processes that are alike.

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.kernel}. ${runs.map(runText).join('\n\n')}
`;
}
