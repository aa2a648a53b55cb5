import type { OpenEventStream } from '../../flagsmith/realtime/listener.ts';
import type { OpenUpstreamStream } from '../../http/upstream/stream.ts';
import { requestNames } from '../sharing/conversation.ts';
import type { Holding, StreamLeases } from './stream-leases.ts';

/**
 * Opens streams of Unleash in one member of a fleet at a time; in the others opening waits. A stream breaks where
 * another member has taken over.
 */
export function oneStream(leases: StreamLeases, open: OpenUpstreamStream): OpenUpstreamStream {
  return async (request) => {
    const { url, headers, signal } = request;
    const { conversation } = requestNames({ method: 'GET', url, headers, timeoutMs: 0, limitBytes: 0 }, false);
    const holding = await leases.hold(`${conversation}:stream`, signal);
    const end = () => void holding.end(false);
    signal.addEventListener('abort', end, { once: true });
    try {
      const stream = await open({ ...request, signal: AbortSignal.any([signal, holding.signal]) });
      if (stream.status !== 200) await holding.end(true);
      return { status: stream.status, chunks: held(stream.chunks, holding) };
    } catch (error) {
      await holding.end(!signal.aborted);
      throw error;
    }
  };
}

async function* held(chunks: AsyncIterable<Uint8Array>, holding: Holding): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* chunks;
  } catch (error) {
    throw holding.signal.aborted ? new Error('another member of the fleet has the stream now') : error;
  } finally {
    await holding.end(true);
  }
}

/** The same for the streams of Flagsmith's realtime service. */
export function oneEventStream(leases: StreamLeases, open: OpenEventStream): OpenEventStream {
  return async (url, signal, onText) => {
    const { conversation } = requestNames({ method: 'GET', url, headers: {}, timeoutMs: 0, limitBytes: 0 }, false);
    const holding = await leases.hold(`${conversation}:stream`, signal);
    try {
      await open(url, AbortSignal.any([signal, holding.signal]), onText);
    } catch (error) {
      if (holding.signal.aborted && !signal.aborted) return;
      throw error;
    } finally {
      await holding.end(!signal.aborted);
    }
  };
}
