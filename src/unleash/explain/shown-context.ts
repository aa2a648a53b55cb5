import { cut, type ExplainedContext } from '../../flags/explanation.ts';
import { type Context, textOf } from '../engine/context.ts';

/** Most free properties of a context that are repeated. */
const mostProperties = 100;

/** A context as evaluation saw it; fields without a value are left out. */
export function shownContext(context: Context, reader: string): ExplainedContext {
  const { properties, currentTime, ...fields } = context;
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) values[name] = cut(value);
  if (currentTime !== undefined) values.currentTime = currentTime.toISOString();
  const entries = Object.entries(properties).slice(0, mostProperties);
  if (entries.length > 0) {
    values.properties = Object.fromEntries(entries.map(([name, value]) => [cut(name), shownProperty(value)]));
  }
  return { reader, values };
}

function shownProperty(value: unknown): string | null {
  const text = textOf(value);
  return text === undefined ? null : cut(text);
}
