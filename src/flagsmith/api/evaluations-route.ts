import type { HttpRequest } from '../../http/types.ts';
import type { ServedEnvironment } from '../environment/served-environment.ts';
import { isList, isObject, type Json } from '../json/value.ts';
import { authorise, isAccess } from './access.ts';
import { parseOrNull } from './analytics-route.ts';
import { NeedsBody } from './body.ts';
import type { EvaluationRow, FlagsmithApiOptions } from './options.ts';
import { type Answer, detailAnswer } from './replies.ts';

/** Longest identifier that the core API keeps. */
const maxIdentifierLength = 2_000;

/**
 * `POST /api/v2/analytics/flags/`: evaluations with the identity and the state that was seen, as SDKs with split testing
 * report them. Rows of features that do not exist and rows that are not whole are skipped (spec section 8).
 */
export function createEvaluationsRoute(options: FlagsmithApiOptions): (request: HttpRequest) => Answer | NeedsBody {
  return (request) => {
    const access = authorise(options.registry, request, true);
    if (!isAccess(access)) return access;
    return NeedsBody.text((text) => {
      const body = parseOrNull(text);
      const evaluations = isObject(body) ? body.get('evaluations') : undefined;
      if (!isList(evaluations)) return detailAnswer(400, 'A JSON object with a list of evaluations is needed');
      const rows = evaluations.flatMap((item) => readRow(item, access.environment));
      if (rows.length > 0) options.onEvaluations(access.clientKey, rows);
      return { status: 204, contentType: null, body: null };
    });
  };
}

function readRow(item: Json, environment: ServedEnvironment): EvaluationRow[] {
  if (!isObject(item)) return [];
  const feature = item.get('feature_name');
  const identifier = item.get('identity_identifier') ?? null;
  const count = item.get('count');
  const enabled = item.get('enabled_when_evaluated');
  if (typeof feature !== 'string' || !environment.hasFeature(feature)) return [];
  if (typeof count !== 'number' || count <= 0 || typeof enabled !== 'boolean') return [];
  if (identifier !== null && (typeof identifier !== 'string' || identifier.length > maxIdentifierLength)) return [];
  return [{ feature, identifier, count, enabled }];
}
