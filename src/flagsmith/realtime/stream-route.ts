import type { HttpReply, HttpRequest, ReplyStream } from '../../http/types.ts';
import type { CorsRules } from '../api/cors.ts';
import { detailAnswer, finish, messageAnswer } from '../api/replies.ts';
import { pythonQuoted } from '../json/python-text.ts';
import type { RealtimeHub } from './hub.ts';

const path = /^\/sse\/environments\/([^/]+)\/stream\/?$/;
const encoder = new TextEncoder();

/**
 * `GET /sse/environments/<client key>/stream`: the stream SDKs listen to for changes (spec section 11). Null for every
 * other path.
 */
export function createStreamRoute(hub: RealtimeHub, cors: CorsRules): (request: HttpRequest) => HttpReply | null {
  return (request) => {
    const match = path.exec(request.path);
    if (match === null) return null;
    const preflight = cors.preflight(request);
    if (preflight !== null) return preflight;
    if (request.method !== 'GET') {
      return finish(request, detailAnswer(405, 'Method Not Allowed', { Allow: 'GET' }), cors);
    }
    const clientKey = decodeKey(match[1]!);
    const obstacle = hub.obstacle(clientKey);
    if (obstacle === 'full') {
      return finish(request, messageAnswer(503, 'unavailable', 'too many streams are open'), cors);
    }
    if (obstacle === 'unknown') {
      return finish(request, messageAnswer(401, 'unauthorized', `unknown key ${pythonQuoted(clientKey)}`), cors);
    }
    const headers = { ...cors.headers(request), 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' };
    return { status: 200, headers, body: null, stream: createStream(hub, clientKey) };
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

function createStream(hub: RealtimeHub, clientKey: string): ReplyStream {
  let unsubscribe: (() => void) | null = null;
  let behind = false;
  return {
    opened(sink) {
      const write = (text: string) => {
        // the host keeps what a client does not take; more than one piece is not worth keeping
        if (behind) return false;
        behind = !sink.write(encoder.encode(text));
        return true;
      };
      const subscribed = hub.subscribe(clientKey, write, () => (behind ? sink.abort() : sink.end()));
      if (typeof subscribed === 'string') sink.end();
      else unsubscribe = subscribed;
    },
    drained() {
      behind = false;
    },
    closed() {
      unsubscribe?.();
    },
  };
}
