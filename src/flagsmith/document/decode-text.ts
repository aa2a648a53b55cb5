const pieceBytes = 1_000_000;

/** The bytes of a document are not UTF-8. */
export class NotTextError extends Error {
  override readonly name = 'NotTextError';
}

/**
 * Decodes UTF-8 in pieces: a generator to be run in slices, because tens of megabytes at once would hold up requests.
 * Throws {@link NotTextError}.
 */
export function* decodeText(bytes: Uint8Array): Generator<void, string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  try {
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      text += decoder.decode(bytes.subarray(start, start + pieceBytes), { stream: true });
      yield;
    }
    return text + decoder.decode();
  } catch (error) {
    throw new NotTextError('the document is not UTF-8', { cause: error });
  }
}
