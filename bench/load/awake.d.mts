/** Types of what awake.mjs exports, for the tests. */
export interface Kept {
  readonly library?: string;
  readonly reason?: string;
}
export interface Generator {
  readonly awake: boolean;
  readonly reason?: string;
}
export function keepAwake(scratch: string, options: { wrkAwake: boolean }, say: (line: string) => void): Kept;
export function generatorOf(kept: Kept): Generator;
export function withLibrary(path: string | undefined): { cwd?: string; env?: Record<string, string> };
export function aboutGenerator(generator: Generator | undefined): string;
