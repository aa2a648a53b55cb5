/** Shorter secrets would be told by their two ends. */
const shortestShown = 24;
const shownCharacters = 6;

/**
 * A token as it may be shown to operators: scope, and the ends of the secret where enough of it stays hidden. Texts in
 * other formats are hidden altogether. The original shows or trips over some of them (specification 5.9; 27, 15).
 */
export function maskToken(token: string): string {
  const dot = token.indexOf('.');
  if (dot < 0 || !token.slice(0, dot).includes(':')) return '****';
  const scope = token.slice(0, dot + 1);
  const secret = token.slice(dot + 1);
  // `v2_<selector>_<secret>`: the selector names the token and is no secret.
  const parts = secret.split('_');
  if (parts.length === 3 && parts[0] === 'v2') return `${scope}v2_${parts[1]}`;
  if (secret.length < shortestShown) return `${scope}****`;
  return `${scope}${secret.slice(0, shownCharacters)}****${secret.slice(-shownCharacters)}`;
}

/** A token as it may stand in a log: nothing of the secret (specification 23). */
export function redactToken(token: string): string {
  const dot = token.indexOf('.');
  return dot < 0 || !token.slice(0, dot).includes(':') ? '[redacted]' : `${token.slice(0, dot)}.[redacted]`;
}
