import type { HttpRequest } from '../../http/types.ts';
import { authorise, isAccess } from './access.ts';
import type { FlagsmithApiOptions } from './options.ts';
import { queryValue } from './query.ts';
import { type Answer, jsonAnswer, messageAnswer } from './replies.ts';
import { updatedAtHeader } from './updated-at-header.ts';

/** `GET /api/v1/flags/`: the environment's flags, or the one named by `?feature=` (spec section 2.5). */
export function createFlagsRoute(options: FlagsmithApiOptions): (request: HttpRequest) => Answer {
  const { registry, onUsage } = options;
  const headers = updatedAtHeader(options);
  return (request) => {
    const access = authorise(registry, request, true);
    if (!isAccess(access)) return access;
    const { kind, clientKey, environment, evaluations } = access;
    const name = queryValue(request.query, 'feature');
    if (name === undefined || name === '') {
      evaluations.bulk += environment.compiled.features.length;
      onUsage(clientKey, 'flags');
      return jsonAnswer(200, environment.flags(kind), headers(environment));
    }
    const flag = environment.flag(kind, name);
    if (flag === undefined) return messageAnswer(404, 'not_found', `feature '${name}' not found`);
    evaluations.single++;
    onUsage(clientKey, 'flags');
    return jsonAnswer(200, flag, headers(environment));
  };
}
