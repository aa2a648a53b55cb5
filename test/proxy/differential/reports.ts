/** Metrics and registration bodies: valid ones, and ones with members missing or of the wrong kind. */
import fc from 'fast-check';
import { maybe, present } from '../../support/generate/values.ts';

/** Counts stay small: the original replays them one by one (9.2 #2, 11.3 #32). */
const count = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      '3',
      '0',
      '',
      ' 4 ',
      true,
      false,
      null,
      -1,
      1.5,
      '1.5',
      'x',
      [],
      {},
      '-2',
      '0x10',
    ),
  },
);

const toggleName = fc.constantFrom('alpha', 'beta', 'a/b~c', 'with "quotes"', '', '42', 'æ');

const toggle: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({
        yes: maybe(count, 8),
        no: maybe(count, 8),
        variants: maybe(
          fc.oneof(
            { weight: 8, arbitrary: fc.dictionary(fc.constantFrom('one', 'two', 'disabled'), count, { maxKeys: 3 }) },
            { weight: 1, arbitrary: fc.constantFrom<unknown>([], 'x', 5, null) },
          ),
        ),
        extra: maybe(fc.constant('kept'), 1),
      })
      .map(present),
  },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 'x', 5, true) },
);

const toggles: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.dictionary(toggleName, toggle, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 'x', undefined) },
);

const dateTime = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<unknown>('2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00+02:00') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      '2026-01-01T00:00:00',
      '2026-01-01 00:00:00Z',
      '2026-01-01t00:00:00z',
      '2026-01-01T00:00:00+99:99',
      '2026-01-01T23:59:60Z',
      '2026-01-01T12:00:60Z',
      '2026-01-01T24:00:00Z',
      '2026-02-30T00:00:00Z',
      '2024-02-29T00:00:00Z',
      '2026-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01',
      '2026-01-01T00:00Z',
      '2026-01-01T00:00:00.Z',
      '2026-01-01T00:00:00.123456789Z',
      '2026-01-01T00:00:00+02',
      '2026-01-01T00:00:00+0200',
      ' 2026-01-01T00:00:00Z',
      'x',
      '',
      1700000000000,
      '1700000000000',
      null,
      true,
      {},
    ),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

const text = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<unknown>('web', '', 'instance-1') },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(5, true, null, {}, [], undefined) },
);

const bucket: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ start: dateTime, stop: dateTime, toggles }).map(present) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 'x', {}, undefined) },
);

export const metricsBody: fc.Arbitrary<string> = fc
  .record({
    appName: text,
    instanceId: text,
    bucket,
    environment: maybe(fc.constantFrom<unknown>('dev', 5), 1),
    impactMetrics: maybe(fc.constant([{ name: 'x' }]), 1),
  })
  .map((body) => JSON.stringify(body));

export const registerBody: fc.Arbitrary<string> = fc
  .record({
    appName: text,
    instanceId: maybe(text, 5),
    sdkVersion: maybe(text, 5),
    environment: maybe(text, 1),
    interval: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom<unknown>(30_000, 0, 1.5, '30000') },
      { weight: 2, arbitrary: fc.constantFrom<unknown>('x', '', null, true, [], undefined) },
    ),
    started: dateTime,
    strategies: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom<unknown>([], ['default'], ['a', 'b']) },
      { weight: 2, arbitrary: fc.constantFrom<unknown>([1, true, null], 'x', null, {}, [{}], undefined) },
    ),
  })
  .map((body) => JSON.stringify(body));
