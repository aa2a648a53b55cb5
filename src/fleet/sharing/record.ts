import { UpstreamError, type UpstreamFailure, type UpstreamResponse } from '../../http/upstream/types.ts';

/** How an exchange ended, in the form in which members of a fleet tell each other. */
export type Outcome =
  | { readonly kind: 'response'; readonly response: UpstreamResponse }
  | { readonly kind: 'failure'; readonly error: UpstreamError }
  /** This conversation cannot be shared: each member has to ask by itself. */
  | { readonly kind: 'unshared' };

/** Headers of answers that anything here reads. */
const keptHeaders = ['etag', 'last-modified', 'retry-after', 'content-type', 'link'];
const headLengthBytes = 4;

interface Head {
  readonly keptMs: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly failure?: UpstreamFailure;
  readonly message?: string;
  readonly code?: string;
}

/** An outcome as bytes: the length of a JSON head, the head, the body. `keptMs`: for how long it will be remembered. */
export function encodeRecord(outcome: Outcome, keptMs: number): Uint8Array {
  const { head, body } = split(outcome);
  const headBytes = Buffer.from(JSON.stringify({ ...head, keptMs }));
  const length = Buffer.alloc(headLengthBytes);
  length.writeUInt32BE(headBytes.length);
  return Buffer.concat([length, headBytes, body]);
}

/** Undefined for bytes that {@link encodeRecord} did not make. */
export function decodeRecord(bytes: Uint8Array): { readonly outcome: Outcome; readonly keptMs: number } | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < headLengthBytes) return undefined;
  const start = headLengthBytes + buffer.readUInt32BE();
  let head: Head;
  try {
    head = JSON.parse(buffer.toString('utf8', headLengthBytes, start)) as Head;
  } catch {
    return undefined;
  }
  const { keptMs, status, headers = {}, failure, message = '', code } = head;
  if (typeof keptMs !== 'number') return undefined;
  if (failure !== undefined) {
    return { keptMs, outcome: { kind: 'failure', error: new UpstreamError(failure, message, code) } };
  }
  if (status === undefined) return { keptMs, outcome: { kind: 'unshared' } };
  const named = new Map(Object.entries(headers));
  const response = { status, body: buffer.subarray(start), header: (name: string) => named.get(name.toLowerCase()) };
  return { keptMs, outcome: { kind: 'response', response } };
}

function split(outcome: Outcome): { readonly head: Omit<Head, 'keptMs'>; readonly body: Uint8Array } {
  const nothing = new Uint8Array();
  if (outcome.kind === 'unshared') return { head: {}, body: nothing };
  if (outcome.kind === 'failure') {
    const { failure, message, code } = outcome.error;
    return { head: { failure, message, ...(code === undefined ? {} : { code }) }, body: nothing };
  }
  const { status, body, header } = outcome.response;
  const headers: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = header(name);
    if (value !== undefined) headers[name] = value;
  }
  return { head: { status, headers }, body };
}
