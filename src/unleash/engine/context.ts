import { Shared } from './shared.ts';

/**
 * What an evaluation may look at. The named fields are texts already; `properties` holds whatever a client sent, with
 * no prototype, and is turned into text only when a definition asks for it.
 */
export interface Context {
  appName: string | undefined;
  environment: string | undefined;
  userId: string | undefined;
  sessionId: string | undefined;
  remoteAddress: string | undefined;
  /** The time that date constraints compare with; undefined means now. */
  currentTime: Date | undefined;
  properties: Properties;
}

/** Free context fields. Made by {@link createProperties} or a spread of one, so that no name is special. */
export type Properties = Record<string, unknown>;

/** Reads one field of a context as text; undefined when it is missing. */
export type FieldReader = (context: Context) => string | undefined;

/** An empty property bag in which no inherited name exists. */
export function createProperties(): Properties {
  return Object.create(null) as Properties;
}

const maximumDepth = 64;

/**
 * The text of a context value, as JavaScript's own conversion gives it for JSON values: objects are `[object Object]`,
 * lists are joined with commas. User-supplied `toString` members are never called, and nesting is followed to a bound.
 *
 * @returns undefined for undefined and null
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? undefined : convert(value, 0);
}

function convert(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'object':
      if (value === null) return '';
      if (Array.isArray(value)) {
        return depth >= maximumDepth ? '' : value.map((item) => convert(item, depth + 1)).join(',');
      }
      return value instanceof Date ? Date.prototype.toString.call(value) : '[object Object]';
    case 'undefined':
      return '';
    case 'function':
      return '[function]';
    default:
      return String(value);
  }
}

/** The fields that strategies and default stickiness look at by themselves. */
export type IdentityField = 'userId' | 'sessionId' | 'remoteAddress';

/** A reader for a field itself: a property of the same name does not stand in for it. */
export function rootReader(name: IdentityField, reads: Set<string>): FieldReader {
  reads.add(name);
  return rootReaders[name];
}

const rootReaders: Readonly<Record<IdentityField, FieldReader>> = {
  userId: (context) => context.userId,
  sessionId: (context) => context.sessionId,
  remoteAddress: (context) => context.remoteAddress,
};

/** Reads the id that things are sticky to by default. */
export function userOrSession({ userId, sessionId }: Context): string | undefined {
  return userId ?? sessionId;
}

/**
 * A reader for the field that a definition names: the named field if it has a value, else the property.
 *
 * @param reads collects the names, so that a caller knows which fields can change an answer at all
 */
export function fieldReader(name: string, reads: Set<string>): FieldReader {
  reads.add(name);
  return namedReaders.get(name) ?? propertyReaders.once(name, () => propertyReader(name));
}

// Thousands of constraints read the same few fields.

const namedReaders: ReadonlyMap<string, FieldReader> = new Map([
  ['appName', (context) => context.appName ?? textOf(context.properties.appName)],
  ['environment', (context) => context.environment ?? textOf(context.properties.environment)],
  ['userId', (context) => context.userId ?? textOf(context.properties.userId)],
  ['sessionId', (context) => context.sessionId ?? textOf(context.properties.sessionId)],
  ['remoteAddress', (context) => context.remoteAddress ?? textOf(context.properties.remoteAddress)],
  ['currentTime', (context) => textOf(context.currentTime) ?? textOf(context.properties.currentTime)],
  ['properties', () => '[object Object]'],
] satisfies [string, FieldReader][]);

const propertyReaders = new Shared<FieldReader>();

function propertyReader(name: string): FieldReader {
  return (context) => textOf(context.properties[name]);
}
