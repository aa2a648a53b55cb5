import { availableParallelism, cpus, totalmem } from 'node:os';

/**
 * The page with the result of `npm run test:edge`.
 *
 * @param lines one per group and subject: `{group, subject, comparisons, met}`
 * @param version what the real Edge says about itself
 * @param intendedDifferences `{id, section, reason}`
 * @param date day of the run
 */
export function edgeComparisonPage({ lines, version, intendedDifferences, date }) {
  const subjects = [...new Set(lines.map(({ subject }) => subject))].sort();
  const groups = [...new Set(lines.map(({ group }) => group))];
  const total = lines.reduce((sum, { comparisons }) => sum + comparisons, 0);
  const count = (group, subject) =>
    lines
      .filter((line) => line.group === group && line.subject === subject)
      .reduce((sum, { comparisons }) => sum + comparisons, 0);
  return [
    '# Comparison with Unleash Edge',
    '',
    '<!-- Written by `npm run test:edge`. Do not edit. -->',
    '',
    `Halyard's edge mode was compared with the real Unleash Edge: the published crate, built from source, run beside`,
    'Halyard with the same settings and the same upstream. Status, headers and body of every reply have to be equal, and',
    'so does what each sends upstream, except for the differences that are listed below. A difference that is not listed',
    'fails the run. A listed one that no longer exists fails it too.',
    '',
    `- Date: ${date.toISOString().slice(0, 10)}`,
    `- Original: ${version}`,
    `- Subjects: ${subjects.join(', ')}`,
    `- Machine: ${machine()}`,
    `- Comparisons: ${total.toLocaleString('en-GB')}`,
    '',
    '## What was compared',
    '',
    'A number is how many replies, messages or outcomes were compared.',
    '',
    `| Group | ${subjects.join(' | ')} |`,
    `| --- |${subjects.map(() => ' ---: |').join('')}`,
    ...groups.map(
      (group) =>
        `| ${group} | ${subjects.map((subject) => count(group, subject).toLocaleString('en-GB')).join(' | ')} |`,
    ),
    '',
    '## Intended differences',
    '',
    'The section is that of the [specification](../CONTRIBUTING.md) that the code refers to.',
    '',
    '| What Halyard does | Why | Section |',
    '| --- | --- | --- |',
    ...intendedDifferences.map(({ id, reason, section }) => `| ${cell(id)} | ${cell(reason)} | ${section} |`),
    '',
    '## Run it yourself',
    '',
    '```sh',
    'npm run test:edge',
    '```',
    '',
    'This builds the original with `cargo install` into `.cache/components`, which takes about twenty minutes once. It',
    'needs Rust, Python 3 and the rights to install `redis-server`. `HALYARD_DIFF_RUNS` sets how many sets of definitions',
    'are generated per group, `HALYARD_DIFF_SEED` the seed.',
    '',
  ].join('\n');
}

const cell = (text) => text.replaceAll('|', '\\|');

function machine() {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${process.platform} ${process.arch}, ${availableParallelism()} cores (${model}), ${gigabytes} GiB, Node ${process.versions.node}`;
}
