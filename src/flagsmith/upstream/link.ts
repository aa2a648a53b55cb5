const linkForm = /<([^>]*)>([^,]*(?:,(?!\s*<)[^,]*)*)/g;
const isNext = /;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i;

/** A `Link` header points to another origin, which must not get the key. */
export class ForeignLinkError extends Error {
  override readonly name = 'ForeignLinkError';
}

/**
 * The absolute URL of the next page in a `Link` header; null when there is none. Throws {@link ForeignLinkError} when it
 * would leave the origin of the page it came with.
 */
export function nextPage(link: string | undefined, pageUrl: string): string | null {
  for (const [, target = '', parameters = ''] of (link ?? '').matchAll(linkForm)) {
    if (!isNext.test(parameters)) continue;
    if (!URL.canParse(target, pageUrl)) throw new ForeignLinkError(`the next page's address is no URL: ${target}`);
    const next = new URL(target, pageUrl);
    if (next.origin !== new URL(pageUrl).origin) {
      throw new ForeignLinkError(`the next page is at another server: ${next.origin}`);
    }
    return next.href;
  }
  return null;
}
