import { shownUrl } from './shown-url.ts';
import { UpstreamError } from './types.ts';

/** What became of a stream that did not open: it was not wanted any more, came too late, or met an error. */
export function streamFailure(url: string, error: unknown, late: boolean, aborted: boolean): UpstreamError {
  if (aborted) return new UpstreamError('aborted', 'stopped');
  if (late) return new UpstreamError('timeout', `network timeout at: ${shownUrl(url)}`, 'ETIMEDOUT');
  const { code, message } = error as { code?: string; message?: string };
  const reason = message || code || 'unknown';
  return new UpstreamError('network', `request to ${shownUrl(url)} failed, reason: ${reason}`, code);
}
