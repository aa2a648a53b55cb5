import { cut, type FlagExplanation } from '../../flags/explanation.ts';
import { anonymousIdentifier } from '../api/identities-route.ts';
import type { KeyKind } from '../environment/flag-text.ts';
import type { ServedEnvironment } from '../environment/served-environment.ts';
import { explainFeature } from './explain-feature.ts';
import { plain } from './plain.ts';
import { readIdentityQuestion } from './read-question.ts';

/**
 * Explains what `/api/v1/flags/` or `/api/v1/identities/` answers for one feature. `body` is the whole JSON of the
 * question: traits keep the types that conditions go by.
 *
 * @param kind the kind of key in question: client keys may see less
 * @param randomIdentifier names an identity that has neither a name nor traits
 * @returns undefined for an unknown feature
 * @throws ExplainInputError
 */
export function explainFlagsmith(
  environment: ServedEnvironment,
  kind: KeyKind,
  flag: string,
  body: string,
  randomIdentifier: () => string,
): FlagExplanation | undefined {
  const asked = readIdentityQuestion(body);
  const identifier = asked && (asked.identifier ?? anonymousIdentifier(asked, randomIdentifier));
  const identity = asked === null || identifier === null ? null : environment.identity(identifier, asked.traits);
  const told = explainFeature(environment.compiled, environment.mode, flag, identity);
  if (told === undefined) return undefined;
  const { outcome: _outcome, answer, ...rest } = told;
  const visible = environment.outcomes(kind, identity).has(flag);
  const notes = [...told.notes];
  if (!visible) notes.push(`A ${kind} key is not shown this feature: it is for server keys only, or off and hidden.`);
  if (asked !== null && asked.identifier === null) {
    notes.push('No identifier was given: one was made of the traits, or at random where there are none.');
  }
  const values =
    identity === null
      ? {}
      : {
          identifier: cut(identity.identifier),
          key: cut(identity.key),
          traits: Object.fromEntries(
            [...identity.traits].slice(0, 100).map(([name, value]) => [cut(name), plain(value)]),
          ),
        };
  const reader = identity === null ? 'Flagsmith, GET /api/v1/flags/' : 'Flagsmith, body of POST /api/v1/identities/';
  return { flag, ...rest, notes, answer: { ...answer, visible }, context: { reader, values } };
}
