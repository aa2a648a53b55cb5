/** One operation of the API, as documented. */
export interface ApiOperation {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly body?: object;
  readonly responses: Readonly<Record<string, object>>;
}

interface Parameter {
  readonly name: string;
  readonly place: 'header' | 'query';
  readonly required: boolean;
  readonly text: string;
}

const key: Parameter = {
  name: 'X-Environment-Key',
  place: 'header',
  required: true,
  text: 'A client-side key, or a server-side key beginning with ser.',
};
const json = (description: string, schema: object) => ({ description, content: { 'application/json': { schema } } });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const unauthorised = json('The key is unknown.', reference('Message'));
const invalid = json('The request is not valid.', reference('ValidationError'));
const health = {
  '200': json('Ready.', reference('Health')),
  '503': json('Not ready: documents are missing or stale.', reference('Health')),
};

/** All documented operations, in order. */
export const operations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/v1/flags/',
    summary: 'Flags of the environment.',
    parameters: [key, { name: 'feature', place: 'query', required: false, text: 'Name of the only feature wanted.' }],
    responses: {
      '200': json('All flags, or one.', {
        anyOf: [{ type: 'array', items: reference('Flag') }, reference('Flag')],
      }),
      '401': unauthorised,
      '404': json('There is no such feature for this key.', reference('Message')),
    },
  },
  {
    method: 'get',
    path: '/api/v1/identities/',
    summary: 'Flags of an identity without traits.',
    parameters: [key, { name: 'identifier', place: 'query', required: true, text: 'The identity.' }],
    responses: { '200': json('Its flags.', reference('IdentityFlags')), '401': unauthorised, '422': invalid },
  },
  {
    method: 'post',
    path: '/api/v1/identities/',
    summary: 'Flags of an identity with the traits sent. Nothing is stored.',
    parameters: [key],
    body: reference('Identity'),
    responses: { '200': json('Its flags.', reference('IdentityFlags')), '401': unauthorised, '422': invalid },
  },
  {
    method: 'get',
    path: '/api/v1/environment-document/',
    summary: 'The environment document, for local evaluation.',
    parameters: [key],
    responses: { '200': json('The document.', { type: 'object' }), '401': unauthorised },
  },
  {
    method: 'post',
    path: '/api/v1/analytics/flags/',
    summary: 'Reports how often features were evaluated.',
    parameters: [key],
    body: { type: 'object', additionalProperties: { type: 'integer' } },
    responses: { '200': { description: 'Taken.' }, '401': unauthorised },
  },
  {
    method: 'post',
    path: '/api/v2/analytics/flags/',
    summary: 'Reports how often features were evaluated, by identity and state.',
    parameters: [key],
    body: { type: 'object', properties: { evaluations: { type: 'array', items: reference('Evaluation') } } },
    responses: { '204': { description: 'Taken.' }, '401': unauthorised },
  },
  {
    method: 'get',
    path: '/proxy/health/readiness',
    summary: 'Whether every environment document is there and fresh.',
    parameters: [],
    responses: health,
  },
  {
    method: 'get',
    path: '/proxy/health/liveness',
    summary: 'Whether the process answers.',
    parameters: [],
    responses: { '200': { description: 'It does.' } },
  },
];

const text = { type: 'string' };
const scalar = { anyOf: [text, { type: 'integer' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }] };
const object = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});
const trait = object({ trait_key: text, trait_value: scalar }, ['trait_key']);

/** The OpenAPI 3.1 description of the API. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: { title: 'Flagsmith API', version: '1' },
  paths: Object.fromEntries(
    [...new Set(operations.map(({ path }) => path))].map((path) => [
      path,
      Object.fromEntries(operations.filter((item) => item.path === path).map((item) => [item.method, describe(item)])),
    ]),
  ),
  components: {
    schemas: {
      Flag: object({
        feature: object({ id: { type: 'integer' }, name: text, type: text }),
        enabled: { type: 'boolean' },
        feature_state_value: {},
      }),
      Evaluation: object({
        feature_name: text,
        identity_identifier: { type: ['string', 'null'] },
        count: { type: 'integer' },
        enabled_when_evaluated: { type: 'boolean' },
      }),
      Identity: object({ identifier: { type: ['string', 'null'] }, traits: { type: 'array', items: trait } }, []),
      IdentityFlags: object({
        identifier: text,
        traits: { type: 'array', items: trait },
        flags: { type: 'array', items: reference('Flag') },
      }),
      Health: object({
        status: { enum: ['ok', 'error'] },
        reason: { type: ['string', 'null'] },
        last_successful_update: { type: ['string', 'null'] },
      }),
      Message: object({ status: text, message: text }),
      ValidationError: object({ detail: { type: 'array', items: { type: 'object' } } }),
    },
  },
};

function describe({ summary, parameters, body, responses }: ApiOperation): object {
  return {
    summary,
    parameters: parameters.map(({ name, place, required, text: description }) => ({
      name,
      in: place,
      required,
      description,
      schema: text,
    })),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses,
  };
}
