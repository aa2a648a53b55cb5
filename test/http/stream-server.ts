/** A server with streams that a test steers over HTTP, so that one test covers all hosts. */
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import type { HttpReply, HttpRequest, ReplySink, ReplyStream } from '../../src/http/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';

/** What became of the streams so far. */
export interface StreamFigures {
  opened: number;
  drained: number;
  closed: number;
  /** Result of each write since the last look. */
  writes: boolean[];
}

export function startStreamServer(listen: Listen): Promise<Listening> {
  const sinks: ReplySink[] = [];
  let figures: StreamFigures = { opened: 0, drained: 0, closed: 0, writes: [] };
  const stream = (): ReplyStream => ({
    opened(sink) {
      figures.opened++;
      sinks.push(sink);
      sink.write(Buffer.from('first\n'));
    },
    drained: () => void figures.drained++,
    closed: () => void figures.closed++,
  });
  const handler = (request: HttpRequest): HttpReply | Promise<HttpReply> => {
    const count = Number(new URLSearchParams(request.query).get('bytes'));
    const headers = { 'Content-Type': 'text/plain' };
    switch (request.path) {
      case '/stream':
        return { status: 200, headers, body: null, stream: stream() };
      case '/late-stream':
        return Promise.resolve({ status: 200, headers, body: null, stream: stream() });
      case '/write':
        for (const sink of sinks) figures.writes.push(sink.write(Buffer.alloc(count, 'x')));
        break;
      case '/end':
        for (const sink of sinks.splice(0)) sink.end();
        break;
      case '/abort':
        for (const sink of sinks.splice(0)) sink.abort();
        break;
      case '/reset':
        sinks.length = 0;
        figures = { opened: 0, drained: 0, closed: 0, writes: [] };
    }
    return { status: 200, headers, body: JSON.stringify(figures) };
  };
  return listen(handler, { port: 0, host: '127.0.0.1' });
}

await serveIfAsked(import.meta.url, startStreamServer);
