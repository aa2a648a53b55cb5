import { sha1Base64 } from '../http/sha1.ts';

const longestCondition = 4_096;
/** Suffixes that reverse proxies add when they compress. */
const codingSuffix = /(?:--?|;)(?:gzip|br|deflate|zstd)$/;

/** A short digest in letters, digits, `-` and `_`. */
export function digest(bytes: Uint8Array | string, length: number): string {
  return sha1Base64(bytes).slice(0, length).replaceAll('+', '-').replaceAll('/', '_');
}

/** What a client sent as `If-None-Match`. */
export interface Condition {
  /** The tags without quotes, weakness marks and what proxies added. */
  readonly tags: readonly string[];
  readonly isAny: boolean;
  /** The seed in the first tag that carries one. */
  readonly seed: string | undefined;
}

const noCondition: Condition = { tags: [], isAny: false, seed: undefined };

/** Reads a condition tolerantly: weak or strong, quoted or not, one or several. */
export function readCondition(header: string | undefined): Condition {
  if (header === undefined || header === '' || header.length > longestCondition) return noCondition;
  if (!header.includes(',')) {
    const tag = bareTag(header);
    return { tags: [tag], isAny: tag === '*', seed: seedOf(tag) };
  }
  const tags = header.split(',').map(bareTag);
  return { tags, isAny: tags.includes('*'), seed: tags.map(seedOf).find((seed) => seed !== undefined) };
}

function bareTag(item: string): string {
  let tag = item.trim();
  if (tag.startsWith('W/')) tag = tag.slice(2);
  tag = tag.replace(codingSuffix, '');
  if (tag.startsWith('"')) tag = tag.slice(1);
  if (tag.endsWith('"')) tag = tag.slice(0, -1);
  return tag.replace(codingSuffix, '');
}

const seedForm = /^[\w-]+\.([0-9a-z]{1,7})$/;

function seedOf(tag: string): string | undefined {
  return seedForm.exec(tag)?.[1];
}

/** Whether the client holds what would be sent. */
export function matches({ tags, isAny }: Condition, tag: string): boolean {
  return isAny || tags.includes(tag);
}
