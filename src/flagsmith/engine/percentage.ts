import { md5 } from './md5.ts';

/**
 * Where ids fall in a percentage split: a number in [0, 100), the same for the same ids everywhere (spec section 7.7,
 * vectors `hash`).
 *
 * @param joined the ids joined by commas; its end may be given apart, as `rest`
 */
export function percentage(joined: string, rest = ''): number {
  let words = md5(joined, rest);
  for (let text = ''; ; words = md5(text)) {
    let remainder = 0;
    // in halves, which stay within 32 bits: divisions of floats take longer
    for (let i = 0; i < 4; i++) {
      const word = words[i]!;
      remainder = (remainder * 0x10000 + (word >>> 16)) % 9999;
      remainder = (remainder * 0x10000 + (word & 0xffff)) % 9999;
    }
    // 9998 would be 100 %, which no split covers: hash again with the ids repeated once more
    if (remainder !== 9998) return (remainder / 9998) * 100;
    text = text === '' ? `${joined}${rest},${joined}${rest}` : `${text},${joined}${rest}`;
  }
}
