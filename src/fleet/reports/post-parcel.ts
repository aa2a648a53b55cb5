import type { ReportKind, ReportVerdict } from '../../flags/report-kind.ts';
import { retryAfterMs } from '../../http/upstream/retry-after.ts';
import { shownUrl } from '../../http/upstream/shown-url.ts';
import type { SendUpstream, UpstreamRequest, UpstreamResponse } from '../../http/upstream/types.ts';

/** What became of a parcel. `too-large`: its halves take its place. */
export interface Posted {
  readonly outcome: ReportVerdict;
  /** 0 without an answer. */
  readonly status: number;
  readonly retryAfterMs: number;
  /** What upstream said, for logs. */
  readonly reason: string;
  readonly halves?: readonly [string, string];
}

/** What posting needs. */
export interface PostOptions {
  readonly send: SendUpstream;
  /** Takes what upstream wants in another form. */
  readonly resend: SendUpstream;
  readonly now: () => number;
}

/** Sends one parcel in the way of a member's own request. Never rejects. */
export async function postParcel(
  request: UpstreamRequest,
  { id, body }: { readonly id: string; readonly body: string },
  kind: ReportKind,
  { send, resend, now }: PostOptions,
): Promise<Posted> {
  const { idempotencyHeader } = kind;
  const headers = idempotencyHeader === undefined ? request.headers : { ...request.headers, [idempotencyHeader]: id };
  const own = { ...request, headers, body };
  let response: UpstreamResponse;
  try {
    response = await send(own);
  } catch (error) {
    return { outcome: 'kept', status: 0, retryAfterMs: 0, reason: (error as Error)?.message ?? String(error) };
  }
  const { status } = response;
  const reason = `${shownUrl(request.url)} responded ${status}`;
  const rerouted = kind.reroute?.(body, request.url, status);
  if (rerouted !== undefined) {
    const isTaken = await resend({ ...own, ...rerouted }).then(
      (other) => other.status < 300,
      () => false,
    );
    return { outcome: isTaken ? 'taken' : 'kept', status, retryAfterMs: 0, reason };
  }
  const outcome = kind.verdict(status);
  if (outcome !== 'too-large')
    return { outcome, status, retryAfterMs: retryAfterMs(response.header('retry-after'), now()), reason };
  const halves = kind.halves(body);
  return {
    outcome: halves === undefined ? 'dropped' : outcome,
    status,
    retryAfterMs: 0,
    reason,
    ...(halves && { halves }),
  };
}
