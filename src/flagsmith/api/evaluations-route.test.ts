import { describe, expect, it } from 'vitest';
import { client, e2eRegistry } from '../../../test/flagsmith/api.ts';
import { textOf } from '../../../test/flagsmith/requests.ts';
import type { EvaluationRow } from './options.ts';

const key = (value: string) => ({ 'x-environment-key': value });

function setUp() {
  const taken: [string, readonly EvaluationRow[]][] = [];
  const onEvaluations = (clientKey: string, rows: readonly EvaluationRow[]) => taken.push([clientKey, rows]);
  return { taken, send: client(e2eRegistry(), { onEvaluations }) };
}

const row = (more: Record<string, unknown> = {}) => ({
  feature_name: 'str',
  identity_identifier: 'bob',
  count: 2,
  enabled_when_evaluated: true,
  ...more,
});

describe('evaluations of SDKs with split testing', () => {
  it.each(['/api/v2/analytics/flags/', '/api/v2/analytics/flags'])('are taken at %s', async (path) => {
    const { taken, send } = setUp();
    const evaluations = [row(), row({ identity_identifier: null, enabled_when_evaluated: false })];
    const reply = await send('POST', path, key('ser.one'), JSON.stringify({ evaluations }));
    expect([reply.status, reply.body]).toEqual([204, null]);
    expect(taken).toEqual([
      [
        'client1',
        [
          { feature: 'str', identifier: 'bob', count: 2, enabled: true },
          { feature: 'str', identifier: null, count: 2, enabled: false },
        ],
      ],
    ]);
  });

  it('skip rows that are not whole or of features that do not exist', async () => {
    const { taken, send } = setUp();
    const wrong = [
      null,
      row({ feature_name: 'nope' }),
      row({ feature_name: 1 }),
      row({ count: 0 }),
      row({ count: '1' }),
      row({ count: 1.5 }),
      row({ enabled_when_evaluated: 'yes' }),
      row({ identity_identifier: 7 }),
      row({ identity_identifier: 'x'.repeat(2_001) }),
    ];
    const body = JSON.stringify({ evaluations: wrong });
    expect((await send('POST', '/api/v2/analytics/flags/', key('client1'), body)).status).toBe(204);
    expect(taken).toEqual([]);
  });

  it.each(['', '[', '[]', '{"evaluations":null}', '{"str":1}'])('are refused when they are %j', async (body) => {
    const { send } = setUp();
    const reply = await send('POST', '/api/v2/analytics/flags/', key('client1'), body);
    expect([reply.status, textOf(reply)]).toEqual([
      400,
      '{"detail":"A JSON object with a list of evaluations is needed"}',
    ]);
  });

  it('need a known key and are posted', async () => {
    const { send } = setUp();
    expect((await send('POST', '/api/v2/analytics/flags/', key('nope'), '{}')).status).toBe(401);
    expect((await send('GET', '/api/v2/analytics/flags/', key('client1'))).headers.Allow).toBe('POST');
  });
});
