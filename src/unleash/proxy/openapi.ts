import {
  accepted,
  allDisabled,
  bodyTooLarge,
  cacheable,
  enricherFailed,
  healthy,
  invalidBody,
  invalidQuery,
  notModified,
  notReady,
  prometheusText,
  unauthorized,
  unsupportedBody,
} from './openapi-responses.ts';
import { schemas } from './schemas.ts';

/** What the document says about one server. */
export interface OpenApiOptions {
  /** Prefix of all paths, empty or like `/base`. */
  readonly basePath: string;
  /** Header that carries credentials, as configured. */
  readonly keyHeaderName: string;
  /** Version of this program. */
  readonly version: string;
  /** False where the Prometheus endpoint is switched off. */
  readonly prometheus: boolean;
}

/** An OpenAPI 3.0 document. */
export interface OpenApiDocument {
  readonly openapi: '3.0.3';
  readonly servers: readonly unknown[];
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly security: readonly unknown[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly paths: Readonly<Record<string, unknown>>;
}

/**
 * Describes the API as it behaves. Paths carry the base path and `servers` is empty: where both carry it, as in the
 * original, generated clients double it.
 *
 * Source: Unleash Proxy specification 3.5; 9.2, 18.
 */
export function createOpenApiDocument({
  basePath,
  keyHeaderName,
  version,
  prometheus,
}: OpenApiOptions): OpenApiDocument {
  const path = (rest: string) => `${basePath}/proxy${rest}`;
  return {
    openapi: '3.0.3',
    servers: [],
    info: {
      title: 'Unleash Proxy API',
      version,
      description: 'Feature toggles evaluated for front-end SDKs. Served by Halyard. Every GET also answers HEAD.',
    },
    security: [{ apiKey: [] }],
    tags: [
      { name: 'Proxy client', description: 'Evaluated toggles, for front-end SDKs.' },
      { name: 'Server-side client', description: 'For server SDKs and other proxies.' },
      { name: 'Operational', description: 'For running the server.' },
    ],
    components: {
      securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: keyHeaderName } },
      schemas,
    },
    paths: {
      [path('')]: {
        get: list('Enabled toggles for a context in the query', queryParameters, undefined, {}),
        post: list('Enabled toggles for a context in the body, or the named ones', undefined, lookupBody, {}),
      },
      [path('/all')]: {
        get: list('All toggles, on and off, for a context in the query', queryParameters, undefined, whenEnabled),
        post: list('All toggles for a context in the body, or the named ones', undefined, lookupBody, whenEnabled),
      },
      [path('/all/client/metrics')]: { post: report('Usage counts (alias)', 'registerMetricsSchema', metricsText) },
      [path('/client/features')]: { get: definitions },
      [path('/client/metrics')]: { post: report('Usage counts', 'registerMetricsSchema', metricsText) },
      [path('/client/register')]: { post: report('Client registration', 'registerClientSchema', registerText) },
      [path('/health')]: { get: health },
      ...(prometheus ? { [path('/internal-backstage/prometheus')]: { get: metrics } } : {}),
    },
  };
}

const metricsText =
  'Counts are added up and reported upstream in intervals. A client key or a server token is accepted. Answers before definitions are held, too.';
const registerText = 'Checked and otherwise without effect. A client key or a server token is accepted.';

const textParameter = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});

const queryParameters = [
  textParameter('appName', 'Name of the application.'),
  textParameter('environment', 'Ignored where the server has an environment configured.'),
  textParameter('userId', 'The user.'),
  textParameter('sessionId', 'The session. One random value per request where it is missing.'),
  textParameter('remoteAddress', 'Address of the client. The address of the connection where it is missing.'),
  textParameter('currentTime', 'A date and time for date constraints, instead of now.'),
  {
    name: 'properties',
    in: 'query',
    description:
      'Further context fields: `properties[region]=eu`. Unknown parameters beside it count as properties, too.',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    style: 'deepObject',
    explode: true,
    example: {},
  },
];

const lookupBody = {
  description: 'A context, and perhaps names. With names exactly these toggles are answered, on or off.',
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/lookupTogglesSchema' },
      example: { context: { userId: '42', properties: { region: 'eu' } }, toggles: ['my-toggle'] },
    },
  },
};

const whenEnabled = { '501': allDisabled };

function list(
  summary: string,
  parameters: readonly unknown[] | undefined,
  requestBody: unknown,
  more: Readonly<Record<string, unknown>>,
) {
  const toggles = cacheable('The toggles.', 'featuresSchema');
  const rest = { '401': unauthorized, '500': enricherFailed, '503': notReady, ...more };
  const tags = ['Proxy client'];
  if (parameters !== undefined) {
    return {
      summary,
      tags,
      parameters,
      responses: { '200': toggles, '304': notModified, '400': invalidQuery, ...rest },
    };
  }
  const body = { '400': invalidBody, '413': bodyTooLarge, '415': unsupportedBody };
  return { summary, tags, requestBody, responses: { '200': toggles, ...body, ...rest } };
}

function report(summary: string, schemaName: string, description: string) {
  return {
    summary,
    description,
    tags: ['Operational', 'Server-side client'],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName}` } } },
    },
    responses: {
      '200': accepted,
      '400': invalidBody,
      '401': unauthorized,
      '413': bodyTooLarge,
      '415': unsupportedBody,
    },
  };
}

const definitions = {
  summary: 'Toggle definitions',
  description: 'The definitions as received, with their segments. Only a server token is accepted.',
  tags: ['Server-side client'],
  parameters: [
    textParameter('project', 'Only toggles of this project.'),
    textParameter('namePrefix', 'Only toggles whose names start so.'),
  ],
  responses: {
    '200': cacheable('The definitions.', 'apiRequestSchema'),
    '304': notModified,
    '401': unauthorized,
    '503': notReady,
  },
};

const health = {
  summary: 'Health and readiness',
  tags: ['Operational'],
  security: [],
  responses: { '200': healthy, '304': notModified, '503': notReady },
};

const metrics = {
  summary: 'Prometheus metrics',
  tags: ['Operational'],
  security: [],
  responses: { '200': prometheusText, '304': notModified, '503': notReady },
};
