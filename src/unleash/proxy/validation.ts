import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { contextQueryProperties, schemas } from './schemas.ts';

/** One validation fault, in the form that clients of the original know. */
export type ValidationFault = Pick<ErrorObject, 'instancePath' | 'schemaPath' | 'keyword' | 'params' | 'message'>;

/**
 * Checks the parts of a request and converts scalars in place, as the original does: `24` where a text is wanted
 * becomes `"24"`.
 *
 * @returns the faults, of which there is usually one; undefined when the request is valid
 */
export type Validate = (parts: { query?: unknown; body?: unknown }) => readonly ValidationFault[] | undefined;

const ajv = addFormats(new Ajv({ coerceTypes: true, strict: false, ownProperties: true }));

function validator(parts: Record<string, unknown>): Validate {
  // Compiling costs some milliseconds each, which a start should not wait for.
  let check: ValidateFunction | undefined;
  return (request) => {
    check ??= ajv.compile({ type: 'object', properties: parts, components: { schemas } });
    if (check(request)) return undefined;
    return (check.errors ?? []).map(({ instancePath, schemaPath, keyword, params, message }) => ({
      instancePath,
      schemaPath,
      keyword,
      params,
      ...(message === undefined ? {} : { message }),
    }));
  };
}

const anyObject = { type: 'object' };
const body = (name: keyof typeof schemas) => ({ body: { $ref: `#/components/schemas/${name}` } });

/** `GET /proxy` and `GET /proxy/all`. */
export const validateContextQuery = validator({
  query: { type: 'object', properties: contextQueryProperties },
  body: anyObject,
});

/** `POST /proxy` and `POST /proxy/all`. */
export const validateLookup = validator(body('lookupTogglesSchema'));

/** `POST …/client/metrics`. */
export const validateMetrics = validator(body('registerMetricsSchema'));

/** `POST …/client/register`. */
export const validateRegistration = validator(body('registerClientSchema'));
