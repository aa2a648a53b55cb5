/** Types of what tables.mjs exports, for the tests. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
export function otherGeneratorTable(suite: object, results: object): Table;
