/** Types of what workloads.mjs exports, for the tests. */
export const comparedSets: readonly (readonly string[])[];
