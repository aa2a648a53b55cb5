/** The corrected schema of OFREP answers (OFREP specification 13). */
import Ajv from 'ajv';

const metadata = { type: 'object', additionalProperties: { type: ['boolean', 'string', 'number'] } };
const success = {
  type: 'object',
  required: ['key', 'reason', 'variant', 'metadata'],
  not: { required: ['errorCode'] },
  properties: {
    key: { type: 'string' },
    variant: { type: 'string', minLength: 1 },
    metadata,
    reason: { enum: ['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'UNKNOWN'] },
    value: { type: ['boolean', 'string', 'number', 'object', 'array'] },
  },
};
const codes = [
  'FLAG_NOT_FOUND',
  'PARSE_ERROR',
  'TARGETING_KEY_MISSING',
  'INVALID_CONTEXT',
  'TYPE_MISMATCH',
  'PROVIDER_NOT_READY',
  'GENERAL',
];
const bulkFailure = {
  type: 'object',
  required: ['errorCode', 'errorDetails', 'metadata'],
  not: { anyOf: [{ required: ['value'] }, { required: ['reason'] }] },
  properties: { errorCode: { enum: codes }, errorDetails: { type: 'string' }, metadata },
};
const failure = { ...bulkFailure, required: ['key', ...bulkFailure.required] };
const bulkSuccess = {
  type: 'object',
  required: ['flags', 'metadata'],
  properties: {
    flags: { type: 'array', items: { oneOf: [success, failure] } },
    metadata,
    eventStreams: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', required: ['type'], oneOf: [{ required: ['url'] }, { required: ['endpoint'] }] },
    },
  },
};

const ajv = new Ajv({ allowUnionTypes: true, strict: false });
const validators = {
  success: ajv.compile(success),
  failure: ajv.compile(failure),
  bulkFailure: ajv.compile(bulkFailure),
  bulkSuccess: ajv.compile(bulkSuccess),
};

/** What is wrong with an answer; undefined when nothing is. */
export function schemaFault(kind: keyof typeof validators, value: unknown): string | undefined {
  const validate = validators[kind];
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}
