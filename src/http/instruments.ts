import type { HttpHandler } from './types.ts';
import type { OpenUpstreamStream } from './upstream/stream.ts';
import type { SendUpstream } from './upstream/types.ts';

/**
 * What watches requests and upstream calls. Each function gets what does the work and returns what is to be used
 * instead: the same thing where nothing is watched, so that watching costs nothing when it is off.
 */
export interface Instruments {
  /** Around what answers clients. */
  readonly serve: (handler: HttpHandler) => HttpHandler;
  /** Around what answers processes of the same group: it only takes over which trace a request belongs to. */
  readonly relay: (handler: HttpHandler) => HttpHandler;
  /** Around what calls upstream. */
  readonly send: (send: SendUpstream) => SendUpstream;
  /** Around what calls processes of the same group: it only hands on which trace a call belongs to. */
  readonly pass: (send: SendUpstream) => SendUpstream;
  /** Around what opens streams from upstream. */
  readonly open: (open: OpenUpstreamStream) => OpenUpstreamStream;
}

/** Nothing is watched. */
export const noInstruments: Instruments = {
  serve: (handler) => handler,
  relay: (handler) => handler,
  send: (send) => send,
  pass: (send) => send,
  open: (open) => open,
};
