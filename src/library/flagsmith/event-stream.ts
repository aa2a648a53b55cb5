import { getProxyForUrl } from 'proxy-from-env';
import type { OpenEventStream } from '../../flagsmith/realtime/listener.ts';
import type { Instruments } from '../../http/instruments.ts';
import type { OpenUpstreamStream } from '../../http/upstream/stream.ts';

/** A stream that has been silent for this long is opened anew: its other end may be gone without a word. */
const silenceMs = 120_000;

/** No limit for the head but that of silence. */
const open: OpenUpstreamStream = async ({ url, headers, signal }) => {
  const proxy = getProxyForUrl(url);
  const response = await fetch(url, { headers, signal, ...(proxy === '' ? {} : { proxy }) } as RequestInit);
  return { status: response.status, chunks: response.body ?? noChunks() };
};

async function* noChunks(): AsyncGenerator<Uint8Array, void, void> {}

/**
 * Opens event streams with the runtime's own client. Proxies of the environment count on Bun; Node's client does not
 * know them.
 */
export function createEventStreamOpener(instruments: Instruments): OpenEventStream {
  const watched = instruments.open(open);
  return (url, signal, onText) => listen(watched, url, signal, onText);
}

async function listen(
  connect: OpenUpstreamStream,
  url: string,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<void> {
  const silence = new AbortController();
  const ended = AbortSignal.any([signal, silence.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error(`nothing heard for ${silenceMs / 1000} s`)), silenceMs);
    timer.unref?.();
  };
  heard();
  try {
    const headers = { Accept: 'text/event-stream', 'Cache-Control': 'no-cache' };
    const { status, chunks } = await connect({ url, headers, timeoutMs: silenceMs, signal: ended });
    if (status !== 200) {
      silence.abort();
      throw new Error(`the realtime service answered ${status}`);
    }
    const decoder = new TextDecoder();
    for await (const chunk of chunks) {
      heard();
      onText(decoder.decode(chunk, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}
