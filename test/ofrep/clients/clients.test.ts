/** OpenFeature's published providers for servers, in four languages, against Halyard in every mode. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentOrSkip } from '../../support/components.ts';
import { halyards } from '../../support/subjects.ts';
import { cases, expectedOf, refused, seenBy } from './cases.ts';
import { drivers, runDriver } from './drivers.ts';
import { flagMetadata } from './metadata.ts';
import { type Modes, modesMs, startModes } from './modes.ts';

const ready = drivers.filter(({ component, language }) =>
  componentOrSkip(component, `the test of the OpenFeature provider for ${language}`),
);

describe.skipIf(ready.length === 0).each(halyards())('OpenFeature clients, %s', (subject) => {
  let modes: Modes;

  beforeAll(async () => {
    modes = await startModes(subject);
  }, modesMs);
  afterAll(() => modes?.close());

  it.each(ready)(
    'OF-6 OF-14 OF-15 OF-39 OF-46 $language: values, variants, reasons, errors and metadata in every mode',
    async (driver) => {
      const calls = cases.map(({ flag, type, default: fallback, context }) => ({
        flag,
        type,
        default: fallback,
        context,
      }));
      const plans = modes.accesses.map(({ baseUrl, token }) => ({ baseUrl, token, calls }));
      const told = await runDriver(driver, plans);
      for (const [number, access] of modes.accesses.entries()) {
        const { name, system, flagSetId } = access;
        const got = cases.map(({ flag, type }, position) => {
          const { value, variant, reason, errorCode } = told[number]![position]!;
          return [name, flag, type, value, variant || undefined, reason, errorCode || undefined];
        });
        const wanted = cases.map((asked) => {
          const [value, variant, reason, errorCode] = seenBy(driver, asked, expectedOf(asked, system));
          return [name, asked.flag, asked.type, value, variant, reason, errorCode];
        });
        expect(got).toEqual(wanted);
        // Providers forget the metadata of errors.
        const answered = cases
          .map((asked, position) => ({ asked, answer: told[number]![position]! }))
          .filter(({ answer }) => !answer.errorCode);
        expect(answered.length).toBeGreaterThan(10);
        expect(answered.map(({ asked, answer }) => [name, asked.flag, asked.type, answer.metadata])).toEqual(
          answered.map(({ asked }) => [
            name,
            asked.flag,
            asked.type,
            { flagSetId, version: expect.any(String), ...flagMetadata(access, asked) },
          ]),
        );
      }
    },
  );

  it.each(ready)('OF-11 $language: the default, and an error, for a credential that nobody knows', async (driver) => {
    const calls = refused.map(({ flag, type, default: fallback, context }) => ({
      flag,
      type,
      default: fallback,
      context,
    }));
    const [told] = await runDriver(driver, [
      { baseUrl: modes.accesses[0]!.baseUrl, token: 'nobody-knows-this', calls },
    ]);
    for (const [position, { default: fallback }] of refused.entries()) {
      const { value, reason, errorCode } = told![position]!;
      expect([value, reason]).toEqual([fallback, 'ERROR']);
      expect(errorCode).toMatch(/^[A-Z_]+$/);
    }
  });
});
