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
    for (let i = 0; i < 4; i++) remainder = (remainder * 4294967296 + words[i]!) % 9999;
    // 9998 would be 100 %, which no split covers: hash again with the ids repeated once more
    if (remainder !== 9998) return (remainder / 9998) * 100;
    text = text === '' ? `${joined}${rest},${joined}${rest}` : `${text},${joined}${rest}`;
  }
}
