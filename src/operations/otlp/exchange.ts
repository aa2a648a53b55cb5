import { retryAfterMs } from '../../http/upstream/retry-after.ts';
import type { SendUpstream, UpstreamResponse } from '../../http/upstream/types.ts';
import type { SignalSettings } from './settings.ts';

/** What the collector makes of one export. */
export type Exchanged =
  /** It has it, but for what it rejected. */
  | { readonly kind: 'taken'; readonly rejected: number }
  /** It may take it another time, when it has been left alone for a while. */
  | { readonly kind: 'postponed'; readonly why: string; readonly waitMs: number }
  /** It may take a smaller one. */
  | { readonly kind: 'too-large'; readonly why: string }
  /** It will never take it. */
  | { readonly kind: 'refused'; readonly why: string };

/** What exporting over HTTP needs. */
export interface ExchangeOptions {
  readonly settings: SignalSettings;
  readonly send: SendUpstream;
  readonly gzip: (bytes: Uint8Array) => Promise<Uint8Array>;
  /** How much of it the collector says that it rejected. May throw. */
  readonly readRejected: (answer: Uint8Array) => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Sends one encoded export, within a limit of time. Never rejects. */
export type Exchange = (bytes: Uint8Array, limitMs: number) => Promise<Exchanged>;

const answerLimitBytes = 4 * 1024 * 1024;
/** Statuses after which the same export may be sent again, as the OTLP specification lists them. */
const temporary = new Set([429, 502, 503, 504]);

/** The way to a collector. What it answers is never repeated anywhere: it may quote what was sent. */
export function createExchange({ settings, send, gzip, readRejected, now }: ExchangeOptions): Exchange {
  const headers = {
    ...settings.headers,
    'Content-Type': settings.encoding === 'json' ? 'application/json' : 'application/x-protobuf',
    ...(settings.gzip ? { 'Content-Encoding': 'gzip' } : {}),
  };
  const judge = (response: UpstreamResponse): Exchanged => {
    const { status, body } = response;
    const why = `it answers ${status}`;
    if (status >= 200 && status <= 299) return { kind: 'taken', rejected: rejectedIn(body, readRejected) };
    if (status === 413) return { kind: 'too-large', why };
    if (!temporary.has(status)) return { kind: 'refused', why };
    return { kind: 'postponed', why, waitMs: retryAfterMs(response.header('retry-after'), now()) };
  };
  return async (bytes, limitMs) => {
    try {
      const sent = settings.gzip ? await gzip(bytes) : bytes;
      const timeoutMs = Math.max(1, Math.min(settings.timeoutMs, limitMs));
      const request = { method: 'POST', url: settings.url, headers, bytes: sent, timeoutMs } as const;
      return judge(await send({ ...request, limitBytes: answerLimitBytes }));
    } catch (error) {
      return { kind: 'postponed', why: (error as Error).message, waitMs: 0 };
    }
  };
}

/** A collector that takes everything may say so with any body. */
function rejectedIn(body: Uint8Array, read: (answer: Uint8Array) => number): number {
  if (body.length === 0) return 0;
  try {
    const rejected = read(body);
    return rejected > 0 ? rejected : 0;
  } catch {
    return 0;
  }
}
