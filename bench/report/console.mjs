// The tables for a terminal: columns padded, no Markdown marks.
import { loadTables, memoryTable, mustHoldTable, otherGeneratorTable, startTable, swapTable } from './tables.mjs';

/** All tables as text. */
export function consoleText(suite, results, checks) {
  const starts = [startTable(suite, results), memoryTable(suite, results)];
  return [
    ...loadTables(suite, results),
    otherGeneratorTable(suite, results),
    ...starts,
    swapTable(suite, results),
    mustHoldTable(checks.filter(({ ok }) => ok !== undefined)),
  ]
    .filter(({ rows }) => rows.length > 0)
    .map(text)
    .join('\n\n');
}

function text({ title, columns, rows, numeric = columns.length }) {
  const lines = [columns, ...rows].map((row) => row.map((cell) => cell.replaceAll('**', '')));
  const widths = columns.map((_, i) => Math.max(...lines.map((row) => row[i]?.length ?? 0)));
  const padded = lines.map((row) =>
    row
      .map((cell, i) => (i >= numeric ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
  return [title, '-'.repeat(Math.max(...padded.map(({ length }) => length))), ...padded].join('\n');
}
