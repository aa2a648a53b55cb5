/**
 * True when a client's copy is still good: its `If-None-Match` names the entity tag, by weak comparison, or is `*`.
 * `Cache-Control: no-cache` in the request asks for the body regardless.
 *
 * @param etag asked for only when the client sent a condition
 */
export function isNotModified(
  ifNoneMatch: string | undefined,
  cacheControl: string | undefined,
  etag: () => string,
): boolean {
  if (ifNoneMatch === undefined || ifNoneMatch === '') return false;
  if (cacheControl !== undefined && /(?:^|,)\s*no-cache\s*(?:,|$)/i.test(cacheControl)) return false;
  const tag = etag();
  // What nearly every client sends back, character by character.
  if (ifNoneMatch === tag) return true;
  const wanted = opaque(tag);
  if (opaque(ifNoneMatch) === wanted) return true;
  return ifNoneMatch.split(',').some((item) => {
    const listed = item.trim();
    return listed === '*' || opaque(listed) === wanted;
  });
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
