import type { Weighed } from '../../flags/recent-entries.ts';
import type { Context } from '../../unleash/engine/context.ts';

/** What a context was answered with before, as clients that poll or were told of a change send it again. */
export interface KnownAnswer extends Weighed {
  /** Numbers of answers by position; those of open flags are of an earlier request. */
  readonly numbers: Uint16Array;
  /** Positions of flags that also depend on chance or the clock: they are asked anew each time. */
  readonly open: readonly number[];
}

/** Longer contexts are evaluated each time. */
const longestKey = 2_048;
/** Roughly what an entry takes besides its numbers and its text. */
const entryBytes = 300;

/** What an answer takes under a key of {@link keyOf}. */
export function knownAnswer(key: string, numbers: Uint16Array, open: readonly number[]): KnownAnswer {
  return { numbers, open, bytes: numbers.byteLength + 8 * open.length + 2 * key.length + entryBytes };
}

/** A text that tells two contexts apart; undefined for those that are not worth it. */
export function keyOf(context: Context): string | undefined {
  let key =
    part(context.userId) +
    part(context.sessionId) +
    part(context.remoteAddress) +
    part(context.appName) +
    part(context.environment);
  if (context.currentTime !== undefined) key += `@${context.currentTime.getTime()}`;
  const { properties } = context;
  for (const name in properties) {
    const value = properties[name];
    if (typeof value !== 'string') return undefined;
    key += part(name) + part(value);
    if (key.length > longestKey) return undefined;
  }
  return key.length > longestKey ? undefined : key;
}

function part(text: string | undefined): string {
  return text === undefined ? '-' : `${text.length}:${text}`;
}
