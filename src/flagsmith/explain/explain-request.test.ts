import { expect, test } from 'vitest';
import { finish } from '../../flags/steps.ts';
import { loadEnvironment } from '../environment/served-environment.ts';
import { explainFlagsmith } from './explain-request.ts';

const state = (id: number, name: string, enabled: boolean) => ({
  feature: { id, name, type: 'STANDARD' },
  enabled,
  feature_state_value: null,
  django_id: id,
});
const document = {
  api_key: 'env',
  name: 'Test',
  project: { hide_disabled_flags: true, server_key_only_feature_ids: [2], segments: [] },
  feature_states: [state(1, 'open', true), state(2, 'secret', true), state(3, 'hidden', false)],
  identity_overrides: [],
};
const { environment } = finish(loadEnvironment([JSON.stringify(document)], { mode: 'proxy', details: false }));
if (environment === null) throw new Error('the document was refused');
const explained = (kind: 'client' | 'server', flag: string, body = '{}') =>
  explainFlagsmith(environment, kind, flag, body, () => 'made-up');

test('says what a key is not shown, and explains it all the same', () => {
  expect(explained('client', 'open')?.answer.visible).toBe(true);
  for (const flag of ['secret', 'hidden']) {
    const told = explained('client', flag);
    expect(told?.answer).toMatchObject({ visible: false, enabled: flag === 'secret' });
    expect(told?.notes).toEqual([expect.stringContaining('A client key is not shown this feature')]);
  }
  expect(explained('server', 'secret')?.answer.visible).toBe(true);
  expect(explained('server', 'nothing')).toBeUndefined();
});

test('names an identity that has no name as requests do', () => {
  const nobody = explained('server', 'open', '{"context":{"traits":{}}}');
  expect(nobody?.context.values).toMatchObject({ identifier: 'made-up', key: 'env_made-up' });
  expect(nobody?.notes).toEqual([expect.stringContaining('No identifier was given')]);
  const traits = explained('server', 'open', '{"context":{"traits":{"plan":"pro"}}}');
  expect(traits?.context.values.identifier).toMatch(/^[0-9a-f]{64}$/);
  expect(explained('server', 'open')?.context).toEqual({ reader: 'Flagsmith, GET /api/v1/flags/', values: {} });
});
