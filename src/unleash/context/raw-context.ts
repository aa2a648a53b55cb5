import { createProperties, type Properties, textOf } from '../engine/context.ts';

/**
 * A context as a client sent it, sorted into fields and free properties. This is what context enrichers see and
 * change. Values keep the types they arrived with.
 */
export interface RawContext {
  appName?: unknown;
  environment?: unknown;
  userId?: unknown;
  sessionId?: unknown;
  remoteAddress?: unknown;
  currentTime?: Date;
  properties: Properties;
}

const rootFields = ['appName', 'environment', 'userId', 'sessionId', 'remoteAddress'] as const;
const reserved: ReadonlySet<string> = new Set([...rootFields, 'properties', 'currentTime']);

/**
 * Sorts a record of request parameters into a context: the reserved names become fields, everything else a property,
 * and members of `properties` win over properties of the same name. Fields without a value are left out.
 *
 * Source: Unleash Proxy specification 2.1.
 *
 * @param clientAddress stands in for a missing `remoteAddress`
 */
export function sortContext(record: Readonly<Record<string, unknown>>, clientAddress: string | undefined): RawContext {
  const properties = createProperties();
  for (const [name, value] of Object.entries(record)) if (!reserved.has(name)) properties[name] = value;
  Object.assign(properties, record.properties);

  const context: RawContext = { properties };
  for (const name of rootFields) if (record[name]) context[name] = record[name];
  if (!context.remoteAddress && clientAddress) context.remoteAddress = clientAddress;
  const currentTime = parseTime(record.currentTime);
  if (currentTime !== undefined) context.currentTime = currentTime;
  return context;
}

/**
 * A date text or milliseconds since the epoch, read as JavaScript reads them; lists and objects as their text.
 *
 * @returns undefined for nothing, 0 and anything that is no time
 */
export function parseTime(value: unknown): Date | undefined {
  if (!value) return undefined;
  const plain = typeof value === 'number' || typeof value === 'boolean' ? Number(value) : textOf(value);
  const time = new Date(plain ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
