import type { EdgeToken } from './types.ts';

type Scope = Pick<EdgeToken, 'projects' | 'environment'>;

/** True when definitions fetched with `a` hold everything that `b` may see, whatever the types (specification 5.4). */
export function coversScope(a: Scope, b: Scope): boolean {
  if (a.environment !== b.environment) return false;
  if (a.projects.includes('*')) return true;
  return a.projects.length >= b.projects.length && b.projects.every((project) => a.projects.includes(project));
}

/** True when `a` covers `b` and both are of one type: client tokens are covered by client tokens only. */
export function subsumes(a: Scope & Pick<EdgeToken, 'type'>, b: Scope & Pick<EdgeToken, 'type'>): boolean {
  return a.type === b.type && coversScope(a, b);
}

/**
 * The fewest tokens that fetch what all of them fetch: the first of each scope, and of those only the ones that no
 * other one covers. Order is kept.
 *
 * Source: Unleash Edge specification 5.5.
 */
export function simplify<Token extends EdgeToken>(tokens: readonly Token[]): Token[] {
  const firsts = new Map<string, Token>();
  for (const token of tokens) {
    const scope = JSON.stringify([token.environment, [...token.projects].sort()]);
    if (!firsts.has(scope)) firsts.set(scope, token);
  }
  const distinct = [...firsts.values()];
  // Of two that cover each other, such as `*` and `*` with `a`, the first one stays.
  return distinct.filter(
    (token, index) =>
      !distinct.some(
        (other, position) =>
          other !== token && coversScope(other, token) && (position < index || !coversScope(token, other)),
      ),
  );
}
