import { shownUrl } from './shown-url.ts';
import { UpstreamError, type UpstreamRequest } from './types.ts';

/** An answer has more bytes than the request allows. The message names the setting that allows more. */
export function tooLarge({
  url,
  limitBytes,
  limitSetting,
}: Pick<UpstreamRequest, 'url' | 'limitBytes' | 'limitSetting'>): UpstreamError {
  const advice = limitSetting === undefined ? '' : ` (${limitSetting} allows more)`;
  return new UpstreamError('too-large', `the answer of ${shownUrl(url)} is larger than ${limitBytes} bytes${advice}`);
}
