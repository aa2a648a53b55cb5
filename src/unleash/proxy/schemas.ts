/**
 * JSON schemas of what clients send and get, by the names that the OpenAPI document uses. The request schemas are also
 * what requests are validated with, so that document and behaviour cannot drift apart.
 *
 * Source: Unleash Proxy specification 2, 3.3 and 3.5.
 */

const text = { type: 'string' };
/** Up to what can be added exactly; infinity, which JSON can hold as `1e999`, is more than that. */
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const dateTime = { type: 'string', format: 'date-time' };

const payload = {
  type: 'object',
  required: ['type', 'value'],
  properties: { type: text, value: text },
};

const contextSchema = {
  type: 'object',
  properties: {
    appName: text,
    environment: text,
    userId: text,
    sessionId: text,
    remoteAddress: text,
    properties: { type: 'object', additionalProperties: text },
  },
};

const variantSchema = {
  type: 'object',
  required: ['name', 'enabled'],
  properties: {
    name: text,
    enabled: { type: 'boolean' },
    feature_enabled: { type: 'boolean' },
    featureEnabled: { type: 'boolean' },
    payload,
  },
};

const featureSchema = {
  type: 'object',
  required: ['name', 'enabled'],
  properties: {
    name: text,
    enabled: { type: 'boolean' },
    impressionData: { type: 'boolean' },
    variant: variantSchema,
  },
};

const constraints = {
  type: 'array',
  items: {
    type: 'object',
    required: ['contextName', 'operator'],
    properties: {
      contextName: text,
      operator: text,
      value: text,
      values: { type: 'array', items: text },
      inverted: { type: 'boolean' },
      caseInsensitive: { type: 'boolean' },
    },
  },
};

const variantDefinition = {
  type: 'object',
  required: ['name', 'weight'],
  properties: { name: text, weight: { type: 'number' }, stickiness: text, payload },
};

export const schemas = {
  apiRequestSchema: {
    type: 'object',
    required: ['version', 'features'],
    properties: {
      version: { type: 'integer', enum: [2] },
      features: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name'],
          properties: {
            name: text,
            description: text,
            enabled: { type: 'boolean' },
            stale: { type: 'boolean' },
            impressionData: { type: 'boolean' },
            strategies: {
              type: 'array',
              items: {
                type: 'object',
                required: ['name'],
                properties: {
                  name: text,
                  constraints,
                  parameters: { type: 'object' },
                  segments: { type: 'array', items: { type: 'integer' } },
                  variants: { type: 'array', items: variantDefinition },
                },
              },
            },
            variants: { type: 'array', items: variantDefinition },
          },
        },
      },
      segments: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'constraints'],
          properties: { id: { type: 'integer' }, constraints },
        },
      },
    },
  },
  featureSchema,
  featuresSchema: {
    type: 'object',
    required: ['toggles'],
    properties: { toggles: { type: 'array', items: featureSchema } },
  },
  lookupTogglesSchema: {
    type: 'object',
    properties: { context: contextSchema, toggles: { type: 'array', items: text } },
  },
  registerMetricsSchema: {
    type: 'object',
    required: ['appName', 'instanceId', 'bucket'],
    properties: {
      appName: text,
      instanceId: text,
      environment: text,
      bucket: {
        type: 'object',
        required: ['start', 'stop', 'toggles'],
        properties: {
          start: dateTime,
          stop: dateTime,
          toggles: {
            type: 'object',
            additionalProperties: {
              type: 'object',
              properties: { yes: count, no: count, variants: { type: 'object', additionalProperties: count } },
            },
          },
        },
      },
    },
  },
  registerClientSchema: {
    type: 'object',
    required: ['appName', 'interval', 'started', 'strategies'],
    properties: {
      appName: text,
      instanceId: text,
      sdkVersion: text,
      environment: { type: 'string', deprecated: true },
      interval: { type: 'number' },
      started: { oneOf: [dateTime, { type: 'number' }] },
      strategies: { type: 'array', items: text },
    },
  },
  unleashContextSchema: contextSchema,
  variantSchema,
} as const;

/** Query parameters of the lists of toggles. `environment` and unknown names may have any shape. */
export const contextQueryProperties = {
  appName: text,
  userId: text,
  sessionId: text,
  remoteAddress: text,
  currentTime: text,
  properties: { type: 'object' },
} as const;
