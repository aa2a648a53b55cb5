import type { EvaluationCounts } from '../../flags/evaluations.ts';
import type { HttpRequest } from '../../http/types.ts';
import type { KeyKind } from '../environment/flag-text.ts';
import type { EnvironmentRegistry, KeyMatch } from '../environment/registry.ts';
import type { ServedEnvironment } from '../environment/served-environment.ts';
import { pythonQuoted } from '../json/python-text.ts';
import { type Answer, messageAnswer } from './replies.ts';

/** A request that may read an environment. */
export interface Access {
  readonly kind: KeyKind;
  readonly clientKey: string;
  readonly environment: ServedEnvironment;
  /** Where evaluations are counted. */
  readonly evaluations: EvaluationCounts;
}

/** Whether {@link authorise} let a request in. */
export function isAccess(result: Access | Answer): result is Access {
  return 'environment' in result;
}

/**
 * Lets a request in by its `X-Environment-Key`, or answers 401 (spec section 2.4). A missing header is answered like an
 * unknown key, where the original fails with 500 on most routes.
 *
 * @param namesPaired whether an environment without a state is named by its client key, whatever key was sent
 */
export function authorise(registry: EnvironmentRegistry, request: HttpRequest, namesPaired: boolean): Access | Answer {
  const sent = request.header('x-environment-key');
  if (sent === undefined) return unknownKey('None');
  const key = firstOf(sent);
  const match: KeyMatch | undefined = registry.find(key);
  if (match === undefined) return unknownKey(pythonQuoted(key));
  const { clientKey, slot } = match.registered;
  const environment = slot.current?.model;
  if (environment === undefined) return unknownKey(pythonQuoted(namesPaired ? clientKey : key));
  return { kind: match.kind, clientKey, environment, evaluations: match.registered.evaluations.flagsmith };
}

/** Repeated headers arrive joined on both runtimes; the first one counts. */
function firstOf(sent: string): string {
  const comma = sent.indexOf(', ');
  return comma === -1 ? sent : sent.slice(0, comma);
}

function unknownKey(shown: string): Answer {
  return messageAnswer(401, 'unauthorized', `unknown key ${shown}`);
}
