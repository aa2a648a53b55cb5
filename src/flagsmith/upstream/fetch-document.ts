import type { SendUpstream, UpstreamResponse } from '../../http/upstream/types.ts';
import { ifModifiedSince } from '../document/updated-at.ts';
import { JsonCursor } from '../json/cursor.ts';
import { nextPage } from './link.ts';

/** How the document of one environment is asked for. */
export interface DocumentSource {
  readonly url: string;
  /** Names the key; other headers of every request may be there too. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The source of a document by server key (spec section 3). `apiUrl` may end in a slash. */
export function documentSource(apiUrl: string, serverKey: string, proxyKey: string | null): DocumentSource {
  const headers = { 'X-Environment-Key': serverKey, ...(proxyKey === null ? {} : { 'X-Proxy-Key': proxyKey }) };
  return { url: `${apiUrl.replace(/\/+$/, '')}/environment-document/`, headers };
}

/** The source of a document as version 1.0 asked for it (spec section 4.4). */
export function legacyDocumentSource(apiUrl: string, clientKey: string, token: string): DocumentSource {
  const url = `${apiUrl.replace(/\/+$/, '')}/environments/${encodeURIComponent(clientKey)}/document/`;
  return { url, headers: { Authorization: `Token ${token}` } };
}

/** What fetching needs. */
export interface DocumentFetchOptions {
  readonly send: SendUpstream;
  /** For each exchange. */
  readonly timeoutMs: number;
  /** Largest document accepted, all pages together. */
  readonly limitBytes: number;
  readonly signal: AbortSignal;
}

/** A fetched document, page by page, as UTF-8 text; null when it has not changed. */
export type FetchedPages = readonly Uint8Array[] | null;

/** The answer of upstream is of no use. */
export class DocumentFetchError extends Error {
  override readonly name = 'DocumentFetchError';
  /** The answer's status. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

const limitSetting = 'HALYARD_FLAGSMITH_DOCUMENT_LIMIT_BYTES';
const maxPages = 2000;
const maxRestarts = 3;
const decoder = new TextDecoder();
const updatedAtName = '"updated_at"';
/** Of the name, the time and what may stand between. */
const longestUpdatedAt = 200;

/**
 * Fetches a document with all its pages (spec section 3 and the discovery contract). A document that changes while its
 * pages are being read is read again from the start.
 *
 * @param heldUpdatedAt `updated_at` of the document that is held; null asks unconditionally
 * @throws UpstreamError, DocumentFetchError, ForeignLinkError
 */
export async function fetchDocument(
  source: DocumentSource,
  heldUpdatedAt: string | null,
  options: DocumentFetchOptions,
): Promise<FetchedPages> {
  const first = await exchange(source, source.url, heldUpdatedAt, options);
  if (first.status === 304 && heldUpdatedAt !== null) return null;
  let response = first;
  for (let restarts = 0; ; restarts++) {
    const pages = await readPages(source, response, options);
    if (pages.length === 1) return pages;
    const updatedAt = readUpdatedAt(pages[0]!);
    const check = await exchange(source, source.url, updatedAt, options);
    if (check.status === 304 || readUpdatedAt(bodyOf(check)) === updatedAt) return pages;
    if (restarts === maxRestarts) throw new DocumentFetchError('the document kept changing while it was read', 200);
    response = check;
  }
}

async function readPages(source: DocumentSource, first: UpstreamResponse, options: DocumentFetchOptions) {
  const pages = [bodyOf(first)];
  let left = options.limitBytes - pages[0]!.length;
  let url = source.url;
  for (let link = nextPage(first.header('link'), url); link !== null; ) {
    if (pages.length === maxPages) throw new DocumentFetchError(`the document has more than ${maxPages} pages`, 200);
    url = link;
    if (left <= 0) {
      const reason = `the document is larger than ${options.limitBytes} bytes (${limitSetting} allows more)`;
      throw new DocumentFetchError(reason, 200);
    }
    const page = await exchange(source, url, null, { ...options, limitBytes: left });
    const body = bodyOf(page);
    left -= body.length;
    pages.push(body);
    link = nextPage(page.header('link'), url);
  }
  return pages;
}

function exchange(source: DocumentSource, url: string, updatedAt: string | null, options: DocumentFetchOptions) {
  const since = ifModifiedSince(updatedAt);
  const { send, timeoutMs, limitBytes, signal } = options;
  const headers = { Accept: '*/*', ...source.headers, ...(since === null ? {} : { 'If-Modified-Since': since }) };
  const bounds = { timeoutMs, limitBytes, limitSetting, signal };
  return send({ method: 'GET', url, headers, ...bounds });
}

function bodyOf({ status, body }: UpstreamResponse): Uint8Array {
  if (status < 200 || status > 299) throw new DocumentFetchError(`upstream answered ${status}`, status);
  return body;
}

/** `updated_at` of a page without parsing the rest; null where it cannot be found. */
function readUpdatedAt(body: Uint8Array): string | null {
  const at = Buffer.from(body.buffer, body.byteOffset, body.byteLength).lastIndexOf(updatedAtName);
  if (at === -1) return null;
  const page = decoder.decode(body.subarray(at, at + longestUpdatedAt));
  const cursor = new JsonCursor(page);
  cursor.position = updatedAtName.length;
  if (cursor.peek() !== 0x3a) return null;
  cursor.position += 1;
  if (cursor.peek() !== 0x22) return null;
  const end = page.indexOf('"', cursor.position + 1);
  return page.slice(cursor.position + 1, end === -1 ? undefined : end);
}
