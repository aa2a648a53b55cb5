import type { OperatorSettings } from '../../http/operator/settings.ts';

/**
 * Operator tools inside somebody else's application: its paths are its own, so they are there only when an operator
 * token is configured, and only for that. Who is on this machine is not asked: in front of an application there may be
 * anything.
 */
export function embeddedSettings({ tokens, access }: OperatorSettings): OperatorSettings {
  return { tokens, access: tokens.length === 0 || access === 'off' ? 'off' : 'token' };
}
