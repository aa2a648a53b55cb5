import { shownUrl } from '../http/upstream/shown-url.ts';
import { redactToken } from '../unleash/tokens/mask.ts';

/** Project and environment, a dot, and the secret. */
const tokenLike = /^[^\s.:/]*:[^\s.:/]*\.\S/;

/** What stood where it cannot be used, as an error may repeat it. Tokens and passwords get into wrong places, too. */
export function shownArgument(text: string): string {
  return tokenLike.test(text) ? redactToken(text) : shownUrl(text);
}
