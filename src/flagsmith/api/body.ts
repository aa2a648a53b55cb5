import { BodyTooLargeError, type HttpRequest } from '../../http/types.ts';
import { type Answer, detailAnswer } from './replies.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads a request body as UTF-8 text, or answers why it cannot be read (spec sections 2.7 and 2.10). */
export async function readBodyText(request: HttpRequest, limitBytes: number): Promise<string | Answer> {
  let bytes: Uint8Array;
  try {
    bytes = await request.readBody(limitBytes);
  } catch (error) {
    if (error instanceof BodyTooLargeError) return detailAnswer(413, `Request body is larger than ${limitBytes} bytes`);
    throw error;
  }
  try {
    return decoder.decode(bytes);
  } catch {
    // the decoder has no other reason to throw than bytes that are not UTF-8
    return detailAnswer(400, 'There was an error parsing the body');
  }
}
