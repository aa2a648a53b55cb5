/** Reports of SDKs and of other Edges: valid ones, and ones with members missing or of the wrong kind. */
import fc from 'fast-check';
import { maybe, present } from '../../support/generate/values.ts';

const count = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 4000 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('3', null, -1, 1.5, 4294967295, 4294967296) },
);
const toggleName = fc.constantFrom('alpha', 'beta', 'with "quotes"', '', '42', 'æ');
const variants = fc.dictionary(fc.constantFrom('one', 'two', 'disabled'), count, { maxKeys: 3 });
const toggle: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({ yes: maybe(count, 9), no: maybe(count, 9), variants: maybe(variants) }).map(present),
  },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 'x', 5) },
);
const toggles: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 14, arbitrary: fc.dictionary(toggleName, toggle, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 'x', undefined) },
);
const dateTime = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom<unknown>(
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:01:00+02:00',
      '2026-01-01T00:59:59.999Z',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>('2026-01-01T00:00:00', '2026-01-01', 'x', '', 1700000000000, null, undefined),
  },
);
const text = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<unknown>('web', 'app', 'instance-1') },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('', 5, null, {}, undefined) },
);
const metadata = {
  sdkVersion: maybe(text, 4),
  sdkType: maybe(fc.constantFrom<unknown>('backend', 'frontend', 'other', null), 1),
  platformName: maybe(text, 2),
  platformVersion: maybe(text, 2),
  yggdrasilVersion: maybe(fc.constantFrom<unknown>(null, '1.0'), 2),
  specVersion: maybe(fc.constant('5.1.0'), 2),
};
const impactMetric = fc
  .record({
    name: fc.constantFrom('purchases', 'errors'),
    help: fc.constant('what it is'),
    type: fc.constantFrom('counter', 'gauge'),
    samples: fc.array(
      fc.record({ value: fc.constantFrom(1, 2.5), labels: maybe(fc.constantFrom({ a: 'b' }, {}), 6) }).map(present),
      { minLength: 1, maxLength: 2 },
    ),
  })
  .map(present);

export const metricsBody: fc.Arbitrary<string> = fc
  .record({
    appName: text,
    instanceId: maybe(text, 7),
    connectionId: maybe(text, 3),
    environment: maybe(text, 3),
    bucket: fc.oneof(
      { weight: 14, arbitrary: fc.record({ start: dateTime, stop: dateTime, toggles }).map(present) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>(null, {}, undefined) },
    ),
    impactMetrics: maybe(fc.array(impactMetric, { maxLength: 2 }), 2),
    ...metadata,
  })
  .map((body) => JSON.stringify(body));

const application = fc
  .record({
    appName: text,
    instanceId: maybe(text, 8),
    connectionId: maybe(text, 3),
    environment: maybe(text, 2),
    interval: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom<unknown>(30_000, 0) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>(1.5, '30000', null, undefined, -1) },
    ),
    started: dateTime,
    strategies: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom<unknown>([], ['default'], ['a', 'b']) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>([1], 'x', null, undefined) },
    ),
    projects: maybe(fc.constantFrom<unknown>(['p1'], [], null), 2),
    connectVia: maybe(fc.constant([{ appName: 'edge', instanceId: 'one' }]), 2),
    ...metadata,
  })
  .map(present);

export const registerBody: fc.Arbitrary<string> = application.map((body) => JSON.stringify(body));

const row = fc
  .record({
    featureName: toggleName,
    appName: text,
    environment: fc.constantFrom('ENV', 'other', undefined),
    timestamp: dateTime,
    yes: maybe(count, 9),
    no: maybe(count, 9),
    variants: maybe(variants),
  })
  .map(present);

export const bulkBody: fc.Arbitrary<string> = fc
  .record({
    applications: maybe(fc.array(application, { maxLength: 2 }), 9),
    metrics: maybe(fc.array(row, { maxLength: 3 }), 9),
    impactMetrics: maybe(fc.array(impactMetric, { maxLength: 1 }), 1),
  })
  .map((body) => JSON.stringify(present(body)));
