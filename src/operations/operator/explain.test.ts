import { expect, test } from 'vitest';
import { explainFlag } from './explain.ts';
import { testMode } from './testing.ts';

const modes = [
  testMode({ flags: { checkout: '"on"', shared: '"on"' } }).mode,
  testMode({ flags: { banner: '"on"', shared: '"on"' }, title: 'Flagsmith', kind: 'flagsmith' }).mode,
];
const ask = (flag: string, question: object = {}, of = modes) => explainFlag(of, flag, JSON.stringify(question));

test('a flag that no environment has is not found, whichever environment is meant', () => {
  expect(ask('bannr')).toEqual({
    ok: false,
    status: 404,
    error: 'flag_not_found',
    message: 'There is no flag "bannr" in any environment. Did you mean "banner"? There are: "default".',
    more: { nearest: ['banner'] },
  });
  expect(ask('shared')).toMatchObject({ status: 409, error: 'environment_needed' });
});

test('a kind of system that is not served is not found; where nothing is served there is nothing to ask', () => {
  expect(ask('checkout', { mode: 'edge' })).toMatchObject({
    status: 404,
    error: 'mode_not_found',
    message: 'Nothing is served as "edge". There are: "proxy", "flagsmith".',
  });
  expect(ask('checkout', { mode: 'edge' }, [])).toMatchObject({ status: 503, error: 'nothing_served' });
});
