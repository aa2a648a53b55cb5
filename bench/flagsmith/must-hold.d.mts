/** Types of what must-hold.mjs exports, for the tests. */
export interface Check {
  readonly claim: string;
  readonly target: string;
  readonly measured: string;
  readonly ok: boolean | undefined;
}
export function checkMustHold(results: object): readonly Check[];
