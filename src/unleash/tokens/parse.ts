import type { EdgeToken } from './types.ts';

/** Longer texts are no tokens: what a stranger sends is kept as a map key for a while. */
const maximumLength = 1024;

/**
 * Reads a token in Unleash format, `project:environment.secret`. `[]` as the project stands for several that are known
 * only after validation. Whatever follows a second colon is part of the secret and not looked at.
 *
 * Source: Unleash Edge specification 5.1.
 *
 * @returns undefined for any other text
 */
export function parseToken(text: string): EdgeToken | undefined {
  const token = text.trim();
  if (token.length > maximumLength) return undefined;
  const colon = token.indexOf(':');
  if (colon < 0) return undefined;
  const nextColon = token.indexOf(':', colon + 1);
  const end = nextColon < 0 ? token.length : nextColon;
  const dot = token.indexOf('.', colon + 1);
  if (dot < 0 || dot >= end) return undefined;
  const project = token.slice(0, colon);
  return {
    token,
    type: null,
    environment: token.slice(colon + 1, dot),
    projects: project === '[]' ? [] : [project],
    status: 'Unknown',
  };
}

/** Offline mode takes any text as a token: one in another format has no environment and no projects (5.6). */
export function parseOfflineToken(text: string): EdgeToken {
  return parseToken(text) ?? { token: text.trim(), type: null, environment: null, projects: [], status: 'Validated' };
}
