/** One place in a definition that is not what it was. */
export interface FieldChange {
  /** Where: `strategies[0].parameters.rollout`. */
  readonly path: string;
  /** JSON, cut; undefined where there was nothing. */
  readonly before: string | undefined;
  /** JSON, cut; undefined where there is nothing any more. */
  readonly after: string | undefined;
}

/** The differences of two definitions. */
export interface DefinitionChange {
  /** The first ones, in the order of the new definition. */
  readonly fields: readonly FieldChange[];
  /** How many more there are; at least that many where a definition is very large. */
  readonly more: number;
}

const mostFields = 8;
const mostCounted = 100;
const longestValue = 80;
/** Deeper places are compared as a whole. */
const mostDepth = 12;

/**
 * Compares two definitions field by field.
 *
 * @param before JSON text
 * @param after JSON text
 */
export function diffDefinitions(before: string, after: string): DefinitionChange {
  const found: FieldChange[] = [];
  compare('', parse(before), parse(after), 0, found);
  return { fields: found.slice(0, mostFields), more: Math.max(0, found.length - mostFields) };
}

function compare(path: string, before: unknown, after: unknown, depth: number, found: FieldChange[]): void {
  if (found.length >= mostCounted || Object.is(before, after)) return;
  if (depth < mostDepth && Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let i = 0; i < length; i++) compare(`${path}[${i}]`, before[i], after[i], depth + 1, found);
  } else if (depth < mostDepth && isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(after), ...Object.keys(before)])) {
      const name = /^[\w$-]+$/.test(key) ? `${path === '' ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`;
      compare(path + name, own(before, key), own(after, key), depth + 1, found);
    }
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    found.push({ path, before: shown(before), after: shown(after) });
  }
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string | undefined {
  const text = JSON.stringify(value);
  return text === undefined || text.length <= longestValue ? text : `${text.slice(0, longestValue)}…`;
}

/** A definition that is no JSON is compared as a text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
