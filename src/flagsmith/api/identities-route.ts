import { createHash } from 'node:crypto';
import { mediaType } from '../../http/json-body.ts';
import { ReplyMemory } from '../../http/loaned-reply.ts';
import type { HttpRequest } from '../../http/types.ts';
import { scalarText } from '../engine/values.ts';
import { authorise, isAccess } from './access.ts';
import { NeedsBody } from './body.ts';
import { type IdentityRequest, maxIdentifierLength, readIdentityBody } from './identity-body.ts';
import type { FlagsmithApiOptions } from './options.ts';
import { queryValue } from './query.ts';
import { type Answer, jsonAnswer, jsonType } from './replies.ts';
import { updatedAtHeader } from './updated-at-header.ts';
import { encodeIssues, longQuery, missingQuery, validateIdentityBody } from './validation.ts';

/** Both forms of asking for an identity's flags. */
export interface IdentitiesRoute {
  readonly get: (request: HttpRequest) => Answer;
  readonly post: (request: HttpRequest) => NeedsBody;
}

/**
 * `/api/v1/identities/`: flags for `?identifier=` without traits, or for a body with traits (spec sections 2.6, 2.7).
 * A null or absent identifier in a body is served like the core API does: named by a hash of its traits, or at random.
 */
export function createIdentitiesRoute(options: FlagsmithApiOptions): IdentitiesRoute {
  const headers = updatedAtHeader(options);
  const memory = new ReplyMemory();

  function answer(request: HttpRequest, identity: IdentityRequest): Answer {
    const access = authorise(options.registry, request, true);
    if (!isAccess(access)) return access;
    const { kind, clientKey, environment, evaluations } = access;
    const identifier = identity.identifier ?? anonymousIdentifier(identity, options.randomIdentifier);
    const head = `{"identifier":${JSON.stringify(identifier)},"traits":[${identity.echo}],"flags":`;
    const who = environment.identity(identifier, identity.traits);
    const body = environment.identityFlags(kind, who, head, '}', memory.take);
    evaluations.bulk += environment.compiled.features.length;
    options.onUsage(clientKey, 'identities');
    return { status: 200, contentType: jsonType, body, headers: headers(environment), memory };
  }

  return {
    get(request) {
      const identifier = queryValue(request.query, 'identifier');
      if (identifier === undefined) return jsonAnswer(422, encodeIssues([missingQuery('identifier')]));
      if (identifier.length > maxIdentifierLength) return jsonAnswer(422, encodeIssues([longQuery(identifier)]));
      return answer(request, { identifier, traits: [], echo: '' });
    },

    post: (request) =>
      new NeedsBody((text) => {
        const isJson = saysJson(request);
        const read = isJson ? readIdentityBody(text) : null;
        if (read !== null) return answer(request, read);
        const validated = validateIdentityBody(text, isJson);
        if (!validated.ok) return jsonAnswer(422, encodeIssues(validated.issues));
        return answer(request, validated.request);
      }),
  };
}

function saysJson(request: HttpRequest): boolean {
  const type = mediaType(request);
  return type === undefined || type === 'application/json' || /^application\/[^/]*\+json$/.test(type);
}

/** The name core gives an identity that has none: the same traits make the same one (spec section 8). */
export function anonymousIdentifier({ traits }: IdentityRequest, random: () => string): string {
  if (traits.length === 0) return random();
  const sorted = [...traits].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = sorted.map(([name, value]) => name + scalarText(value)).join('');
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
