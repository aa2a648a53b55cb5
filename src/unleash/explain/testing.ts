import semver from 'semver';
import type { Step } from '../../flags/explanation.ts';
import type { Context } from '../engine/context.ts';

/** What a constraint says, in the plainest way there is; undefined where the plain way does not know. */
export function plainVerdict({ facts }: Step, context: Context, nowMs: number, exact: boolean): boolean | undefined {
  const { contextName, operator, inverted, caseInsensitive, wanted } = facts as Record<string, unknown>;
  const record = context as unknown as Record<string, unknown>;
  const field = String(contextName);
  const held = field === 'properties' ? undefined : (record[field] ?? context.properties[field]);
  const seen = held === undefined || held === null ? undefined : String(held);
  const fold = (text: string) => (caseInsensitive === true ? text.toLowerCase() : text);
  const { values } = (typeof wanted === 'object' && wanted !== null ? wanted : { values: [] }) as { values: string[] };
  const value = typeof wanted === 'string' ? wanted : '';
  const turned = (verdict: boolean) => verdict !== inverted;
  const compared = (left: number, right: number): boolean =>
    ({ EQ: left === right, GT: left > right, GTE: left >= right, LT: left < right, LTE: left <= right })[
      String(operator).split('_')[1] as 'EQ'
    ];
  // Edge's engine goes by the form of a literal: only the plain forms are known here.
  if (exact && /^(NUM_|SEMVER_|DATE_)/.test(String(operator))) {
    const isPlain =
      (String(operator).startsWith('NUM_') && /^\d+$/.test(value) && seen !== '') ||
      (String(operator).startsWith('SEMVER_') && semver.valid(value) === value) ||
      (String(operator).startsWith('DATE_') && contextName === 'currentTime');
    if (!isPlain) return undefined;
  }
  switch (operator) {
    case 'IN':
      return turned(seen !== undefined && values.includes(seen));
    case 'NOT_IN':
      return turned(seen === undefined || !values.includes(seen));
    case 'STR_STARTS_WITH':
      return turned(seen !== undefined && values.some((part) => fold(seen).startsWith(fold(part))));
    case 'STR_ENDS_WITH':
      return turned(seen !== undefined && values.some((part) => fold(seen).endsWith(fold(part))));
    case 'STR_CONTAINS':
      return turned(seen !== undefined && values.some((part) => fold(seen).includes(fold(part))));
    case 'NUM_EQ':
    case 'NUM_GT':
    case 'NUM_GTE':
    case 'NUM_LT':
    case 'NUM_LTE':
      return turned(seen !== undefined && compared(Number(seen), Number(value)));
    case 'SEMVER_EQ':
    case 'SEMVER_GT':
    case 'SEMVER_GTE':
    case 'SEMVER_LT':
    case 'SEMVER_LTE': {
      const [left, right] = [semver.valid(seen), semver.valid(value)];
      const usable = left !== null && right !== null && seen?.startsWith('v') === false;
      return turned(usable && compared(semver.compare(left, right), 0));
    }
    case 'DATE_AFTER':
    case 'DATE_BEFORE': {
      const at = context.currentTime?.getTime() ?? nowMs;
      const line = Date.parse(value);
      return turned(!Number.isNaN(line) && (operator === 'DATE_AFTER' ? at > line : at < line));
    }
    case 'REGEX':
      return isPattern(value)
        ? turned(seen !== undefined && new RegExp(value, caseInsensitive === true ? 'i' : '').test(seen))
        : undefined;
    default:
      return undefined;
  }
}

function isPattern(text: string): boolean {
  try {
    // Classes of POSIX mean something else in JavaScript, and RE2 knows neither back-references nor looking around.
    return !/\[\[:|\\[1-9]|\(\?[=!<]/.test(text) && new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
