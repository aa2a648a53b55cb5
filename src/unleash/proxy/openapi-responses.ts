/** Responses of the OpenAPI document: what the API answers with, by status, content type and schema. */

type Response = Readonly<Record<string, unknown>>;

const text = { type: 'string' };

const failure = {
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'string' } },
};

const validationFailure = {
  type: 'object',
  required: ['error'],
  properties: {
    error: { type: 'string' },
    validation: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          instancePath: text,
          schemaPath: text,
          keyword: text,
          params: { type: 'object' },
          message: text,
        },
      },
    },
  },
};

function response(description: string, contentType: string, schema: unknown, example?: unknown): Response {
  const content = example === undefined ? { schema } : { schema, example };
  return { description, content: { [contentType]: content } };
}

const etag = { description: 'Send it back as `If-None-Match` to be told 304 while nothing changed.', schema: text };
const cacheControl = { description: '`public, max-age=2`', schema: text };

/** A list or document that clients may keep for two seconds. */
export function cacheable(description: string, schemaName: string): Response {
  const reference = { $ref: `#/components/schemas/${schemaName}` };
  return {
    ...response(description, 'application/json', reference),
    headers: { ETag: etag, 'Cache-Control': cacheControl },
  };
}

export const notModified: Response = {
  description: 'The copy named by `If-None-Match` is still good.',
  headers: { ETag: etag },
};

export const invalidQuery = response(
  'The query does not fit. Only the first fault is reported.',
  'application/json',
  validationFailure,
  {
    error: 'Request validation failed',
    validation: [
      {
        instancePath: '/query/properties',
        schemaPath: '#/properties/query/properties/properties/type',
        keyword: 'type',
        params: { type: 'object' },
        message: 'must be object',
      },
    ],
  },
);

export const invalidBody = response(
  'The body is no JSON object or array, or does not fit. Only the first fault is reported.',
  'application/json',
  validationFailure,
  {
    error: 'Request validation failed',
    validation: [
      {
        instancePath: '/body',
        schemaPath: '#/components/schemas/registerMetricsSchema/required',
        keyword: 'required',
        params: { missingProperty: 'appName' },
        message: "must have required property 'appName'",
      },
    ],
  },
);

export const unauthorized = response(
  'The credential is missing or unknown.',
  'text/plain; charset=utf-8',
  text,
  'Unauthorized',
);

export const bodyTooLarge = response('The body is too large.', 'application/json', failure);

export const unsupportedBody: Response = {
  ...response('The charset or content encoding of the body is not supported.', 'application/json', failure),
  description:
    'The content type is not `application/json` (empty answer), or the charset or content encoding is not supported.',
};

export const enricherFailed = response('A context enricher failed.', 'application/json', failure, {
  error: 'Whoops! We dropped the ball on this one (an unexpected error occurred): message of the failure',
});

export const allDisabled = response(
  'The endpoint is switched off. `ENABLE_ALL_ENDPOINT=true` switches it on.',
  'text/html; charset=utf-8',
  text,
);

export const notReady = response(
  'No definitions have been received yet.',
  'text/html; charset=utf-8',
  text,
  'The Unleash Proxy has not connected to the Unleash API and is not ready to accept requests yet.',
);

export const accepted = response('Taken.', 'text/plain; charset=utf-8', text, 'OK');
export const healthy = response('Requests are answered.', 'text/html; charset=utf-8', text, 'ok');
export const prometheusText = response(
  'Metrics in the Prometheus text format.',
  'text/plain; charset=utf-8; version=0.0.4',
  text,
);
