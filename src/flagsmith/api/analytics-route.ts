import type { HttpRequest } from '../../http/types.ts';
import { JsonSyntaxError, parseJson } from '../json/cursor.ts';
import { isObject, type Json } from '../json/value.ts';
import { authorise, isAccess } from './access.ts';
import { NeedsBody } from './body.ts';
import type { FlagsmithApiOptions } from './options.ts';
import { type Answer, detailAnswer } from './replies.ts';

/**
 * `POST /api/v1/analytics/flags/`: evaluation counts by feature. Like the core API it skips features that do not exist
 * and counts that are no whole numbers (spec sections 8 and 10).
 */
export function createAnalyticsRoute(options: FlagsmithApiOptions): (request: HttpRequest) => Answer | NeedsBody {
  return (request) => {
    const access = authorise(options.registry, request, true);
    if (!isAccess(access)) return access;
    return NeedsBody.text((text) => {
      const body = parseOrNull(text);
      if (!isObject(body)) return detailAnswer(400, 'A JSON object of counts by feature name is needed');
      const counts = new Map<string, number>();
      for (const [name, count] of body) {
        if (typeof count === 'number' && count > 0 && access.environment.hasFeature(name)) counts.set(name, count);
      }
      if (counts.size > 0) options.onAnalytics(access.clientKey, counts);
      return { status: 200, contentType: null, body: '' };
    });
  };
}

/** A body's JSON; null where it is none. */
export function parseOrNull(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return null;
    throw error;
  }
}
