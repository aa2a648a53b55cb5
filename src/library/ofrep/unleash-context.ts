import type { ContextMembers } from '../../ofrep/types.ts';
import { blankContext } from '../../unleash/context/evaluation-context.ts';
import { parseTime } from '../../unleash/context/raw-context.ts';
import { isRecord } from '../../unleash/definitions/is-record.ts';
import type { Context } from '../../unleash/engine/context.ts';

const reserved: ReadonlySet<string> = new Set([
  'targetingKey',
  'userId',
  'sessionId',
  'remoteAddress',
  'environment',
  'appName',
  'currentTime',
  'properties',
  'traits',
]);

/**
 * Reads an OpenFeature context as Unleash's: the targeting key is the user, known fields stay what they are, other
 * scalars become properties. Lists, objects and null are dropped.
 *
 * Source: OFREP specification 15.
 *
 * @param isRead whether a property can change an answer; others are left out
 */
export function readUnleashContext(members: ContextMembers, isRead: (name: string) => boolean): Context {
  const context = blankContext();
  context.userId = scalarText(members.targetingKey) || scalarText(members.userId) || undefined;
  context.sessionId = scalarText(members.sessionId) || undefined;
  context.remoteAddress = scalarText(members.remoteAddress) || undefined;
  context.environment = scalarText(members.environment) || undefined;
  context.appName = scalarText(members.appName) || undefined;
  const { currentTime, properties } = members;
  if (typeof currentTime === 'string' || typeof currentTime === 'number') context.currentTime = parseTime(currentTime);
  for (const name of Object.keys(members)) {
    if (!reserved.has(name)) addProperty(context, name, members[name], isRead);
  }
  if (isRecord(properties)) {
    for (const name of Object.keys(properties)) addProperty(context, name, properties[name], isRead);
  }
  return context;
}

function addProperty(context: Context, name: string, value: unknown, isRead: (name: string) => boolean): void {
  const text = scalarText(value);
  if (text !== undefined && isRead(name)) context.properties[name] = text;
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}
