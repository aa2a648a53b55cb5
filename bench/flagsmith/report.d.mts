/** Types of what report.mjs exports, for the tests. */
import type { Check } from './must-hold.mjs';

export function tables(results: object, checks: readonly Check[]): Record<string, readonly (readonly string[])[]>;
