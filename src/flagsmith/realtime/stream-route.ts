import type { HttpReply, HttpRequest } from '../../http/types.ts';
import type { CorsRules } from '../api/cors.ts';
import { detailAnswer, finish, messageAnswer } from '../api/replies.ts';
import { pythonQuoted } from '../json/python-text.ts';
import type { NoStream, RealtimeHub } from './hub.ts';

/** A reply whose body goes on; for hosts that can send streams. Cancelling the body ends the subscription. */
export interface StreamReply {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: ReadableStream<Uint8Array>;
}

const path = /^\/sse\/environments\/([^/]+)\/stream\/?$/;
const encoder = new TextEncoder();
// enough for a few events; whoever has this much unread is not reading
const maxUnreadChunks = 64;

/**
 * `GET /sse/environments/<client key>/stream`: the stream SDKs listen to for changes (spec section 11). Null for every
 * other path.
 */
export function createStreamRoute(
  hub: RealtimeHub,
  cors: CorsRules,
): (request: HttpRequest) => StreamReply | HttpReply | null {
  return (request) => {
    const match = path.exec(request.path);
    if (match === null) return null;
    const preflight = cors.preflight(request);
    if (preflight !== null) return preflight;
    if (request.method !== 'GET')
      return finish(request, detailAnswer(405, 'Method Not Allowed', { Allow: 'GET' }), cors);
    const clientKey = decodeKey(match[1]!);
    const stream = openStream(hub, clientKey);
    if (stream === 'full') return finish(request, messageAnswer(503, 'unavailable', 'too many streams are open'), cors);
    if (stream === 'unknown') {
      return finish(request, messageAnswer(401, 'unauthorized', `unknown key ${pythonQuoted(clientKey)}`), cors);
    }
    const headers = { ...cors.headers(request), 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' };
    return { status: 200, headers, stream };
  };
}

function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // a stray % means itself, and no key has one
    return text;
  }
}

function openStream(hub: RealtimeHub, clientKey: string): ReadableStream<Uint8Array> | NoStream {
  let unsubscribe: (() => void) | null = null;
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(created) {
        controller = created;
      },
      cancel() {
        unsubscribe?.();
      },
    },
    { highWaterMark: maxUnreadChunks },
  );
  const subscribed = hub.subscribe(
    clientKey,
    (text) => {
      if ((controller.desiredSize ?? 0) <= 0) return false;
      controller.enqueue(encoder.encode(text));
      return true;
    },
    () => controller.close(),
  );
  if (typeof subscribed === 'string') return subscribed;
  unsubscribe = subscribed;
  return stream;
}
