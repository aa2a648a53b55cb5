import { Float, isList, isObject, type Json } from './value.ts';

/**
 * A double as Python prints it: shortest digits that round-trip, always with `.0` or an exponent, and an exponent of at
 * least two digits from 1e16 on and below 1e-4 (spec section 13, vectors `python_float_text`).
 */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const magnitude = Math.abs(value);
  if (magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e16)) {
    // JavaScript writes exponents only below 1e-6 and from 1e21 on, so this is plain decimal notation
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const digits = exponent.slice(1).padStart(2, '0');
  return `${mantissa}e${exponent[0]}${digits}`;
}

/** Python's `str()` of a JSON value: `True`, `None`, `1.0`; strings unchanged; lists and objects with quoted items. */
export function pythonText(value: Json): string {
  return typeof value === 'string' ? value : pythonLiteral(value);
}

function pythonLiteral(value: Json): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return pythonQuoted(value);
  if (value instanceof Float) return floatText(value.value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (isObject(value)) {
    return `{${[...value].map(([key, item]) => `${pythonQuoted(key)}: ${pythonLiteral(item)}`).join(', ')}}`;
  }
  return String(value);
}

const named: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
const unprintable = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/**
 * Python's `repr()` of a string, as it stands in the proxy's 401 message: single quotes unless the text holds one and no
 * double quote (spec section 2.4).
 */
export function pythonQuoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(unprintable, (char) => named.get(char) ?? numericEscape(char.codePointAt(0) ?? 0));
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function numericEscape(codePoint: number): string {
  const hex = codePoint.toString(16);
  if (codePoint < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return codePoint < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
