const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a body; undefined where it is none. JSON is read as UTF-8, or as UTF-16 or UTF-32 where its first bytes show
 * that: by a byte order mark, or by zeros, which no JSON in UTF-8 begins with. What the content type says does not count.
 * The original takes these, because Python's JSON does (RFC 4627, section 3).
 */
export function textOf(bytes: Uint8Array): string | undefined {
  const first = bytes[0] as number;
  if (bytes.length < 2 || (first !== 0 && bytes[1] !== 0 && first < 0xfe)) return utf8Text(bytes);
  return wideText(bytes);
}

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    // the decoder has no other reason to throw than bytes that are not UTF-8
    return undefined;
  }
}

function wideText(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (bytes.length >= 4) {
    if (a === 0 && b === 0)
      return c === 0xfe && d === 0xff ? utf32Text(bytes.subarray(4), false) : utf32Text(bytes, false);
    if (a === 0xff && b === 0xfe && c === 0 && d === 0) return utf32Text(bytes.subarray(4), true);
    if (b === 0 && c === 0 && d === 0) return utf32Text(bytes, true);
  }
  if (a === 0xfe && b === 0xff) return utf16Text(bytes.subarray(2), false);
  if (a === 0xff && b === 0xfe) return utf16Text(bytes.subarray(2), true);
  if (a === 0) return utf16Text(bytes, false);
  return b === 0 ? utf16Text(bytes, true) : utf8Text(bytes);
}

function utf16Text(bytes: Uint8Array, littleEndian: boolean): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const copy = Buffer.from(bytes);
  return (littleEndian ? copy : copy.swap16()).toString('utf16le');
}

function utf32Text(bytes: Uint8Array, littleEndian: boolean): string | undefined {
  if (bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const characters: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const code = view.getUint32(at, littleEndian);
    if (code > 0x10ffff) return undefined;
    characters.push(String.fromCodePoint(code));
  }
  return characters.join('');
}
