import { getProxyForUrl } from 'proxy-from-env';
import type { OpenEventStream } from '../../flagsmith/realtime/listener.ts';

/** A stream that has been silent for this long is opened anew: its other end may be gone without a word. */
const silenceMs = 120_000;

/**
 * Opens an event stream with the runtime's own client. Proxies of the environment count on Bun; Node's client does not
 * know them.
 */
export const openEventStream: OpenEventStream = async (url, signal, onText) => {
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
    const proxy = getProxyForUrl(url);
    const headers = { Accept: 'text/event-stream', 'Cache-Control': 'no-cache' };
    const options = { headers, signal: ended, ...(proxy === '' ? {} : { proxy }) };
    const response = await fetch(url, options as RequestInit);
    const { body, status } = response;
    if (status !== 200 || body === null) {
      await body?.cancel();
      throw new Error(`the realtime service answered ${status}`);
    }
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      heard();
      onText(decoder.decode(part.value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
};
