// The tables of the report as plain data, so that the page and the terminal show the same.
import { ratio } from '../results.mjs';

export const count = (value) => Math.round(value).toLocaleString('en-US');
const ms = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const mebibytes = (kib) => (kib / 1024).toFixed(0);
const times = (value) => (value === undefined ? '' : `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ×`);
const titleOf = ({ subjects }, id) => subjects.find((subject) => subject.id === id)?.title ?? id;
const flagsOf = ({ flagSets }, id) => flagSets[id]?.title ?? id;
const isPeer = ({ subjects }, id) => !subjects.some((subject) => subject.id === id && subject.limit);

/** Promised values with what was measured. */
export function mustHoldTable(checks) {
  return {
    title: 'What must hold',
    columns: ['Promise', 'Target', 'Measured', ''],
    rows: checks.map(({ claim, target, measured, ok }) => [
      claim,
      target,
      measured,
      ok === undefined ? '–' : ok ? 'pass' : '**FAIL**',
    ]),
  };
}

/** One table per feature set: every workload and subject, losing cells included and marked. */
export function loadTables(suite, results) {
  const reference = suite.subjects.find((subject) => subject.reference);
  return Object.keys(suite.flagSets)
    .map((dataset) => [dataset, results.loads.filter((row) => row.dataset === dataset)])
    .filter(([, rows]) => rows.length > 0)
    .map(([dataset, rows]) => ({
      title: `${flagsOf(suite, dataset)}${replySizes(results.replyBytes[dataset])}`,
      columns: [
        ...['Load', 'Server', 'requests/s', `× ${reference.title}`, '× bare server', 'CPU µs each', 'p50 ms', 'p99 ms'],
        ...['memory MiB', 'peak MiB', 'with launcher MiB', 'CPU'],
      ],
      numeric: 2,
      rows: rows.map((row) => [
        suite.workloads.find(({ id }) => id === row.workload)?.title ?? row.workload,
        titleOf(suite, row.subject),
        count(row.requestsPerSecond) + (row.failed > 0 ? ` (**${row.failed} failed**)` : ''),
        losing(row, times(ratio(results, row, 'requestsPerSecond', reference.id))),
        times(ratio(results, row, 'requestsPerSecond', 'bare')),
        ms(row.cpuMicroseconds),
        ms(row.p50Ms),
        ms(row.p99Ms),
        mebibytes(row.residentKiB),
        mebibytes(row.peakKiB),
        mebibytes(row.treeKiB),
        `${Math.round(row.cpu * 100)} %`,
      ]),
    }));

  function losing(row, text) {
    const value = ratio(results, row, 'requestsPerSecond', reference.id);
    return value < 1 && isPeer(suite, row.subject) ? `**${text} (slower)**` : text;
  }
}

/** Answers without a body, with the load generator that the other loads were not measured with. No rows where there was one kind only. */
export function otherGeneratorTable(suite, results) {
  const loads = results.otherLoads ?? [];
  return {
    title: results.settings?.loadGenerator?.awake ? 'With wrk as it is, which sleeps' : 'With wrk kept awake',
    columns: ['Load', 'Server', 'requests/s', '× bare server', 'CPU µs each', 'p50 ms', 'p99 ms', 'CPU'],
    numeric: 2,
    rows: loads.map((row) => [
      `${flagsOf(suite, row.dataset)}: ${suite.workloads.find(({ id }) => id === row.workload)?.title ?? row.workload}`,
      titleOf(suite, row.subject),
      count(row.requestsPerSecond) + (row.failed > 0 ? ` (**${row.failed} failed**)` : ''),
      times(ratio({ loads }, row, 'requestsPerSecond', 'bare')),
      ...[row.cpuMicroseconds, row.p50Ms, row.p99Ms].map(ms),
      `${Math.round(row.cpu * 100)} %`,
    ]),
  };
}

/** Start to first answer. */
export function startTable(suite, results) {
  const sizes = Object.keys(suite.flagSets).filter((size) => results.starts.some(({ dataset }) => dataset === size));
  const ids = [...new Set(results.starts.map(({ subject }) => subject))];
  const cell = (subject, size) => {
    const row = results.starts.find((start) => start.subject === subject && start.dataset === size);
    return row?.runs.length > 0 ? `${count(row.startMs)} (${count(Math.max(...row.runs))})` : '';
  };
  return {
    title: 'Start to first answer, ms: median (slowest)',
    columns: ['Server', ...sizes.map((size) => flagsOf(suite, size))],
    numeric: 1,
    rows: ids.map((id) => [titleOf(suite, id), ...sizes.map((size) => cell(id, size))]),
  };
}

/** Resident memory after the start. */
export function memoryTable(suite, results) {
  const rows = results.starts.filter(({ idleKiB }) => idleKiB !== undefined);
  const sizes = Object.keys(suite.flagSets).filter((size) => rows.some(({ dataset }) => dataset === size));
  const ids = [...new Set(rows.map(({ subject }) => subject))];
  const cell = (subject, size) => {
    const row = rows.find((start) => start.subject === subject && start.dataset === size);
    return row === undefined ? '' : mebibytes(row.idleKiB);
  };
  return {
    title: 'Memory of a server that was asked nothing yet, MiB',
    columns: [
      'Server',
      ...sizes.map((size) => `${flagsOf(suite, size)} (${count(results.documentBytes[size] / 1000)} kB)`),
    ],
    numeric: 1,
    rows: ids.map((id) => [titleOf(suite, id), ...sizes.map((size) => cell(id, size))]),
  };
}

/** Swapping in new sets under full load. */
export function swapTable(suite, results) {
  return {
    title: 'Swapping in a new set under full load',
    columns: [
      ...['Set', 'Server', 'swaps', 'timed requests', 'failed', 'usual ms', 'worst stall ms', 'median stall ms'],
      ...['worst at other times ms', 'visible after ms', 'load requests/s'],
    ],
    numeric: 2,
    rows: results.swaps.map((row) => [
      flagsOf(suite, row.dataset),
      titleOf(suite, row.subject),
      count(row.swaps),
      count(row.requests),
      count(row.failed),
      ms(row.usualMs),
      ms(row.stallMs),
      ms(row.typicalStallMs),
      ms(row.noiseMs),
      count(row.visibleAfterMs),
      count(row.loadRequestsPerSecond),
    ]),
  };
}

function replySizes(bytes) {
  if (!bytes?.plain) return '';
  const compressed = bytes.compressed < bytes.plain ? `, ${count(bytes.compressed)} compressed` : '';
  return ` (a reply of ${count(bytes.plain)} bytes${compressed})`;
}
