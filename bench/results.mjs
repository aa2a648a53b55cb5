// Figures looked up in the results of a suite.

/** A subject's figure divided by that of another in the same row of `loads`, or undefined when either is missing. */
export function ratio({ loads }, { subject, dataset, workload }, key, against) {
  const own = find(loads, { subject, dataset, workload })?.[key];
  const other = find(loads, { subject: against, dataset, workload })?.[key];
  return own === undefined || other === undefined ? undefined : own / other;
}

/** The most memory that a subject held after any load of a feature set, in KiB. */
export function memoryAfterLoad(results, subject, dataset) {
  const rows = results.loads.filter((row) => row.subject === subject && row.dataset === dataset);
  return rows.length > 0 ? Math.max(...rows.map(({ residentKiB }) => residentKiB)) : undefined;
}

/** The first row with these values. */
export function find(rows, wanted) {
  return rows.find((row) => Object.entries(wanted).every(([key, value]) => row[key] === value));
}
