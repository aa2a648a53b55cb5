/** JSON bodies for evaluation: contexts and toggle lists with everything that coercion accepts and refuses. */
import fc from 'fast-check';
import {
  anyFieldValue,
  dates,
  fieldName,
  fieldValue,
  maybe,
  present,
  sessionIds,
} from '../../support/generate/values.ts';
import { askedNames } from './features.ts';

const scalar = fc.oneof(
  { weight: 6, arbitrary: anyFieldValue },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(0, 1, 24, -3.5, 1e21, 1e-7, 123) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(true, false, null, '') },
);

/** What a string member refuses. */
const composite = fc.constantFrom<unknown>([], ['a'], {}, { a: 1 }, [['x']]);

/** Free members keep their JSON type and are turned into text by constraints. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>([1, 2], ['eu', 'us'], ['eu', null, ['x']], { a: 1 }, {}, [], [{}], [[]]),
  },
);

const sessionId = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<unknown>(...sessionIds) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(7, true, false, 0) },
);

const root = (chanceOfRefusal: number) =>
  fc.oneof({ weight: 40, arbitrary: scalar }, { weight: chanceOfRefusal, arbitrary: composite });

const properties: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .array(
        fieldName.chain((name) => fc.oneof(fieldValue(name), scalar).map((value) => [name, value] as const)),
        { maxLength: 4 },
      )
      .map((entries) => Object.fromEntries(entries)),
  },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], ['x'], 'x', 5, true, { a: {} }, { a: ['x'] }) },
);

const context: fc.Arbitrary<unknown> = fc
  .record({
    sessionId,
    userId: maybe(root(1), 6),
    appName: maybe(root(1), 3),
    environment: maybe(root(1), 3),
    remoteAddress: maybe(root(1), 3),
    currentTime: maybe(
      fc.constantFrom<unknown>(...dates, 1700000000000, 4000000000000, 0, null, true, {}, [], ['2050'], -1),
      2,
    ),
    region: maybe(anything, 5),
    tenant: maybe(anything, 4),
    age: maybe(anything, 4),
    version: maybe(anything, 3),
    properties: maybe(properties, 4),
  })
  .map(present);

const toggleName: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<unknown>(...askedNames) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(42, 7, true, null, 1.5, -0) },
);

const toggles: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.array(toggleName, { maxLength: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, 'alpha', 5, true, {}, [{}], ['alpha', ['x']]) },
);

const ordinary: fc.Arbitrary<string> = fc
  .tuple(
    fc.record({ context, toggles: maybe(toggles, 6), extra: maybe(fc.constant({ any: ['thing'] }), 1) }).map(present),
    fc.constantFrom(undefined, 1, '\t'),
  )
  .map(([body, space]) => JSON.stringify(body, null, space));

/** Bodies that are refused, or that carry no toggle decision left to chance because names are always given. */
const special = fc.constantFrom(
  '[]',
  '[1]',
  '"x"',
  '5',
  'null',
  'true',
  ' ',
  '\n{"toggles":["beta"],"context":{"sessionId":"s"}}',
  '{"toggles":["beta","beta"],"context":{"sessionId":"s"},"toggles":["alpha"]}',
  '{"context":null}',
  '{"context":"x"}',
  '{"context":[]}',
  '{"context":5,"toggles":"x"}',
  '{"toggles":[',
  '{"toggles":["a"]} x',
  "{'toggles':[]}",
  '{"a":1,}',
  '\ufeff{"toggles":["beta"],"context":{"sessionId":"s"}}',
  '{"toggles":["\\u00e6\\u00f8\\u00e5/flag name","\\ud83d"],"context":{"sessionId":"s"}}',
);

export const evaluationBody: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: ordinary },
  { weight: 1, arbitrary: special },
);
