/** Decides whether a presented credential is one of a configured list. */
export type CredentialCheck = (presented: string | undefined) => boolean;

/**
 * Compares whole texts in a time that does not tell how much of a guess was right. Keys of other lengths are not
 * looked at: the length of a key is no secret worth the work.
 */
export function createCredentialCheck(keys: readonly string[]): CredentialCheck {
  const byLength = new Map<number, string[]>();
  for (const key of keys) byLength.set(key.length, [...(byLength.get(key.length) ?? []), key]);
  return (presented) => {
    if (presented === undefined || presented === '') return false;
    let found = false;
    for (const key of byLength.get(presented.length) ?? []) found = equal(key, presented) || found;
    return found;
  };
}

function equal(a: string, b: string): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
