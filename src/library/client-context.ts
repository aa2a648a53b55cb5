import type { ContextDefaults } from '../unleash/context/evaluation-context.ts';
import { defaultEnvironment } from '../unleash/context/evaluation-context.ts';
import { type RawContext, sortContext } from '../unleash/context/raw-context.ts';
import type { ClientContext } from './client-types.ts';

/** Sorts a context from code: fields of other names become properties, and the time may be a date already. */
export function toRawContext(context: ClientContext): RawContext {
  const { currentTime, ...others } = context;
  const raw = sortContext({ ...others, currentTime: currentTime instanceof Date ? undefined : currentTime }, undefined);
  return currentTime instanceof Date ? { ...raw, currentTime } : raw;
}

/** A context as client objects get it: a plain object of its own, which they may keep or change. */
export function toClientContext(context: RawContext): ClientContext {
  return { ...context, properties: { ...context.properties } } as ClientContext;
}

/** Completes a context as the API does: application name, environment, and a session for this one evaluation. */
export function fixContext(context: ClientContext, defaults: ContextDefaults): ClientContext {
  return {
    ...context,
    appName: context.appName || defaults.appName,
    environment: defaults.environment ?? (context.environment || defaultEnvironment),
    sessionId: context.sessionId || String(Math.random()),
  };
}
