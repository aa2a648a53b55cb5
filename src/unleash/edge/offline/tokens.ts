import { parseOfflineToken } from '../../tokens/parse.ts';
import type { EdgeToken, TokenType } from '../types.ts';

/** The tokens of offline mode, as configured. */
export interface OfflineTokens {
  /** `--tokens`: for both APIs. */
  readonly tokens: readonly string[];
  readonly clientTokens: readonly string[];
  readonly frontendTokens: readonly string[];
}

/**
 * The tokens that offline mode knows. Of equal texts the last list wins.
 *
 * Source: Unleash Edge specification 5.8, 20.
 */
export function offlineTokens({ tokens, clientTokens, frontendTokens }: OfflineTokens): EdgeToken[] {
  const known = new Map<string, EdgeToken>();
  const add = (texts: readonly string[], type: TokenType) => {
    for (const text of texts) {
      const token = parseOfflineToken(text);
      known.set(token.token, { ...token, type });
    }
  };
  add(tokens, null);
  add(clientTokens, 'client');
  add(frontendTokens, 'frontend');
  return [...known.values()];
}
