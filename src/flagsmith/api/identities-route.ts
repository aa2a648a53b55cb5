import { createHash } from 'node:crypto';
import { mediaType } from '../../http/json-body.ts';
import { ReplyMemory } from '../../http/loaned-reply.ts';
import type { HttpRequest } from '../../http/types.ts';
import { scalarText } from '../engine/values.ts';
import { type Access, authorise, isAccess } from './access.ts';
import { NeedsBody, unreadableBody } from './body.ts';
import { textOf } from './body-text.ts';
import { type IdentityRequest, maxIdentifierLength, readIdentityBody } from './identity-body.ts';
import { identityHead, replyAgain, replyWithHead } from './identity-reply.ts';
import type { FlagsmithApiOptions } from './options.ts';
import { queryValue } from './query.ts';
import type { Digest } from './repeated/packed-decisions.ts';
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
  const { registry, repeated } = options;
  const headers = updatedAtHeader(options);
  const memory = new ReplyMemory();

  function answer({ clientKey, environment, evaluations }: Access, body: Uint8Array): Answer {
    evaluations.bulk += environment.compiled.features.length;
    options.onUsage(clientKey, 'identities');
    return { status: 200, contentType: jsonType, body, headers: headers(environment), memory };
  }

  /** @param digest what the request will be known by; undefined where it is not to be remembered */
  function decide(access: Access, identity: IdentityRequest, body: Uint8Array, digest: Digest | undefined): Answer {
    const { kind, environment } = access;
    const identifier = identity.identifier ?? anonymousIdentifier(identity, options.randomIdentifier);
    const head = identityHead(identifier, identity.echo);
    const pieces = environment.decide(kind, environment.identity(identifier, identity.traits));
    if (digest !== undefined && !isDrawn(identity)) repeated.learn(digest, access, body, head, pieces);
    return answer(access, replyWithHead(head, pieces, memory));
  }

  function post(request: HttpRequest, body: Uint8Array): Answer {
    const isJson = saysJson(request);
    const access = authorise(registry, request, true);
    const digest = isJson && isAccess(access) ? repeated.digestOfBody(body) : undefined;
    const known = digest === undefined || !isAccess(access) ? undefined : repeated.recall(digest, access);
    if (known !== undefined) return answer(access as Access, replyAgain(known, body, memory));
    const text = textOf(body);
    if (text === undefined) return unreadableBody();
    const read = isJson ? readIdentityBody(text) : null;
    const validated = read === null ? validateIdentityBody(text, isJson) : ({ ok: true, request: read } as const);
    if (!validated.ok) return jsonAnswer(422, encodeIssues(validated.issues));
    return isAccess(access) ? decide(access, validated.request, body, digest) : access;
  }

  return {
    get(request) {
      const identifier = queryValue(request.query, 'identifier');
      if (identifier === undefined) return jsonAnswer(422, encodeIssues([missingQuery('identifier')]));
      if (identifier.length > maxIdentifierLength) return jsonAnswer(422, encodeIssues([longQuery(identifier)]));
      const access = authorise(registry, request, true);
      if (!isAccess(access)) return access;
      const digest = repeated.digestOfIdentifier(identifier);
      const known = digest === undefined ? undefined : repeated.recall(digest, access);
      if (known !== undefined) return answer(access, replyAgain(known, noBody, memory));
      return decide(access, { identifier, traits: [], echo: '' }, noBody, digest);
    },

    post: (request) => new NeedsBody((body) => post(request, body)),
  };
}

const noBody = new Uint8Array();

function saysJson(request: HttpRequest): boolean {
  const type = mediaType(request);
  return type === undefined || type === 'application/json' || /^application\/[^/]*\+json$/.test(type);
}

/** Whether the name of an identity is made up for this request alone. */
function isDrawn({ identifier, traits }: IdentityRequest): boolean {
  return identifier === null && traits.length === 0;
}

/** The name core gives an identity that has none: the same traits make the same one (spec section 8). */
export function anonymousIdentifier({ traits }: IdentityRequest, random: () => string): string {
  if (traits.length === 0) return random();
  const sorted = [...traits].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = sorted.map(([name, value]) => name + scalarText(value)).join('');
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
