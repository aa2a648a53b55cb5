import type { HttpRequest } from '../../http/types.ts';
import { authorise, isAccess } from './access.ts';
import type { FlagsmithApiOptions } from './options.ts';
import { type Answer, acceptsGzip, Gzipped, jsonAnswer, messageAnswer } from './replies.ts';
import { updatedAtHeader } from './updated-at-header.ts';

// compressing less than this holds nobody up
const largeDocumentBytes = 100_000;

/**
 * `GET /api/v1/environment-document`: the document for local evaluation (spec section 2.8). It holds everything about
 * the environment, so client keys, which are public, get it only where the configuration says so.
 */
export function createDocumentRoute(options: FlagsmithApiOptions): (request: HttpRequest) => Answer | Promise<Answer> {
  const headers = updatedAtHeader(options);
  return (request) => {
    const access = authorise(options.registry, request, false);
    if (!isAccess(access)) return access;
    const { kind, clientKey, environment } = access;
    if (kind === 'client' && !options.documentForClientKeys) {
      return messageAnswer(403, 'forbidden', 'the environment document needs a server-side key');
    }
    options.onUsage(clientKey, 'environment-document');
    const { document } = environment;
    const sent = headers(environment);
    if (document.bytes.length < largeDocumentBytes || !acceptsGzip(request.header('accept-encoding'))) {
      return jsonAnswer(200, document, sent);
    }
    return environment.documentGzip().then((bytes) => jsonAnswer(200, new Gzipped(bytes), sent));
  };
}
