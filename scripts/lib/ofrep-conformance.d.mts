export interface NamedTest {
  readonly file: string;
  readonly title: string;
}
export function testsByRequirement(folder: string): Map<number, NamedTest[]>;
export function readRequirements(file: string): Record<string, string>;
export function conformancePage(
  requirements: Readonly<Record<string, string>>,
  tests: ReadonlyMap<number, readonly NamedTest[]>,
): string;
