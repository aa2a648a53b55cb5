import { gunzipSync, inflateSync } from 'node:zlib';
import { BodyTooLargeError, RequestAbortedError } from '../http/types.ts';
import { type Failure, failure } from './errors.ts';
import type { ContextMembers } from './types.ts';

/** A context that was read, or why it cannot be used. */
export type ReadContext =
  | { readonly context: ContextMembers; readonly failure?: undefined }
  | { readonly failure: Failure };

const maximumDepth = 32;
/** Longer ids are hashed once per rollout: nobody has one, and a megabyte of it would hold up everybody. */
const maximumIdLength = 10_000;
const idNames = ['targetingKey', 'userId', 'sessionId'] as const;

const decoder = new TextDecoder('utf-8', { fatal: true });
const empty: ReadContext = { context: Object.freeze({}) };

/**
 * Reads the context of an evaluation: the body is JSON whatever its type says, and nothing at all is an empty context.
 *
 * @param body as it was sent
 * @param coding `Content-Encoding` of the body
 * @param limitBytes largest body accepted after inflating
 */
export function readContext(body: Uint8Array, coding: string | undefined, limitBytes: number): ReadContext {
  if (body.length === 0) return empty;
  try {
    return parseContext(inflate(body, coding, limitBytes));
  } catch (error) {
    return { failure: bodyFailure(error, limitBytes) };
  }
}

/** Reads the context in the bytes of a body. */
function parseContext(bytes: Uint8Array): ReadContext {
  let body: unknown;
  try {
    const text = decoder.decode(bytes);
    body = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return malformed('the body is not JSON');
  }
  if (!isRecord(body)) return malformed('the body is no JSON object');
  const { context } = body;
  if (!isShallow(body, 1)) return malformed(`the body is nested more than ${maximumDepth} levels deep`);
  if (context === undefined || context === null) return empty;
  if (!isRecord(context)) return malformed('"context" is no object');
  for (const name of idNames) {
    const id = context[name];
    if (typeof id === 'string' && id.length > maximumIdLength) {
      return malformed(`"${name}" is longer than ${maximumIdLength} characters`);
    }
  }
  return { context };
}

function malformed(details: string): ReadContext {
  return { failure: failure(400, 'INVALID_CONTEXT', details) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShallow(value: object, depth: number): boolean {
  if (depth > maximumDepth) return false;
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof member === 'object' && member !== null && !isShallow(member, depth + 1)) return false;
  }
  return true;
}

class UnsupportedCodingError extends Error {}

function inflate(bytes: Uint8Array, coding: string | undefined, limitBytes: number): Uint8Array {
  const options = { maxOutputLength: limitBytes };
  switch ((coding || 'identity').toLowerCase()) {
    case 'identity':
      return bytes;
    case 'gzip':
      return gunzipSync(bytes, options);
    case 'deflate':
      return inflateSync(bytes, options);
    default:
      throw new UnsupportedCodingError();
  }
}

/**
 * Why a body cannot be used.
 *
 * @throws RequestAbortedError when that is what happened: there is nobody to tell
 */
export function bodyFailure(error: unknown, limitBytes: number): Failure {
  if (error instanceof RequestAbortedError) throw error;
  if (error instanceof BodyTooLargeError || (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
    return failure(413, 'GENERAL', `the body is larger than ${limitBytes} bytes`);
  }
  if (error instanceof UnsupportedCodingError) {
    return failure(415, 'GENERAL', 'the body has a content coding other than gzip and deflate');
  }
  return failure(400, 'INVALID_CONTEXT', 'the body cannot be read');
}
