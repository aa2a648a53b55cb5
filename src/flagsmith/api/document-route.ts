import type { HttpRequest } from '../../http/types.ts';
import { authorise, isAccess } from './access.ts';
import type { FlagsmithApiOptions } from './options.ts';
import { type Answer, jsonAnswer, messageAnswer } from './replies.ts';
import { updatedAtHeader } from './updated-at-header.ts';

/**
 * `GET /api/v1/environment-document`: the document for local evaluation (spec section 2.8). It holds everything about
 * the environment, so client keys, which are public, get it only where the configuration says so.
 */
export function createDocumentRoute(options: FlagsmithApiOptions): (request: HttpRequest) => Answer {
  const headers = updatedAtHeader(options);
  return (request) => {
    const access = authorise(options.registry, request, false);
    if (!isAccess(access)) return access;
    const { kind, clientKey, environment } = access;
    if (kind === 'client' && !options.documentForClientKeys) {
      return messageAnswer(403, 'forbidden', 'the environment document needs a server-side key');
    }
    options.onUsage(clientKey, 'environment-document');
    return jsonAnswer(200, environment.document, headers(environment));
  };
}
