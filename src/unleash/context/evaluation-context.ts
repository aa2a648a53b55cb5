import { type Context, createProperties, textOf } from '../engine/context.ts';
import type { RawContext } from './raw-context.ts';

/** What a configuration says about every context. */
export interface ContextDefaults {
  /** Used when the client names no application. */
  readonly appName: string;
  /** Replaces whatever environment the client names. */
  readonly environment: string | undefined;
}

/** The environment of a context for which nobody names one. */
export const defaultEnvironment = 'default';

/** Makes the context that flags are evaluated against. Works on a copy: `raw` may belong to foreign code. */
export function toEvaluationContext(raw: RawContext, defaults: ContextDefaults): Context {
  return {
    appName: textOf(raw.appName) || defaults.appName,
    environment: defaults.environment ?? (textOf(raw.environment) || defaultEnvironment),
    userId: textOf(raw.userId) || undefined,
    sessionId: textOf(raw.sessionId) || undefined,
    remoteAddress: textOf(raw.remoteAddress) || undefined,
    currentTime: raw.currentTime instanceof Date ? new Date(raw.currentTime) : undefined,
    properties: Object.assign(createProperties(), raw.properties),
  };
}

/** A context without any field, for readers to fill in. */
export function blankContext(): Context {
  return {
    appName: undefined,
    environment: undefined,
    userId: undefined,
    sessionId: undefined,
    remoteAddress: undefined,
    currentTime: undefined,
    properties: createProperties(),
  };
}
