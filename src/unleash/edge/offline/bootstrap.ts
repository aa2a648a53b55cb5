import { isRecord } from '../../definitions/is-record.ts';
import { UnusableDefinitionsError } from '../../definitions/read-document.ts';
import { readClientFeatures } from '../documents/read-features.ts';
import { type ClientFeatures, RawFeature } from '../types.ts';

/**
 * Reads a bootstrap file: either simplified, `{"<flag>": {"enabled": true, "variant": "a"}}`, or a whole document.
 *
 * Source: Unleash Edge specification 20.
 *
 * @throws UnusableDefinitionsError
 */
export function readBootstrapFile(value: unknown): ClientFeatures {
  if (!isRecord(value)) throw new UnusableDefinitionsError('the file holds no object');
  return isSimple(value) ? expand(value) : readClientFeatures(value);
}

interface SimpleFlag {
  readonly enabled: boolean;
  readonly variant?: string;
}

function isSimple(value: Record<string, unknown>): value is Record<string, SimpleFlag & Record<string, unknown>> {
  return Object.values(value).every(
    (flag) =>
      isRecord(flag) &&
      typeof flag.enabled === 'boolean' &&
      (flag.variant === undefined || flag.variant === null || typeof flag.variant === 'string'),
  );
}

function expand(flags: Readonly<Record<string, SimpleFlag>>): ClientFeatures {
  return {
    version: 2,
    features: Object.entries(flags).map(
      ([name, { enabled, variant }]) =>
        new RawFeature({
          name,
          enabled,
          project: 'default',
          strategies: [{ name: 'default', constraints: [], parameters: {}, variants: [] }],
          ...(typeof variant === 'string'
            ? { variants: [{ name: variant, weight: 1000, weightType: 'fix', stickiness: 'default' }] }
            : {}),
        }),
    ),
  };
}
