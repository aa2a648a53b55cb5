import { describe, expect, test } from 'vitest';
import { testRequest } from '../../http/testing.ts';
import { ChangeLog } from './change-log.ts';
import { flagsRoute } from './flags-route.ts';
import { createOperatorHandler } from './routes.ts';
import { statusRoute } from './status-route.ts';
import { testMode } from './testing.ts';

function toolsOf(...made: ReturnType<typeof testMode>[]) {
  const modes = made.map(({ mode }) => mode);
  const slicing = { elapsedMs: () => performance.now(), yieldNow: async () => {} };
  const changes = new ChangeLog({ modes, now: () => 10_000, slicing });
  const process = { version: '1.2.3', runtime: 'Bun 1', startedAtMs: 1_000, residentBytes: () => 42 };
  const routes = [
    statusRoute({ modes, changes, process, hasTokens: true, now: () => 10_000 }),
    flagsRoute(modes, changes),
  ];
  const handler = createOperatorHandler(
    '/halyard',
    routes,
    () => null,
    (error) => {
      throw error;
    },
  );
  return async (url: string, headers: Record<string, string> = {}) => {
    const { status, body } = await handler(testRequest({ method: 'GET', url: `/halyard${url}`, headers }));
    return { status, json: JSON.parse(String(body)) };
  };
}

const flags = { alpha: '"on"', beta: '"off"', gamma: '{"strategies":[1]}', 'team.alpha-2': '"on"' };

describe('GET /halyard/status', () => {
  test('tells about process, environments, credentials, figures and changes', async () => {
    const unleash = testMode({ flags });
    const get = toolsOf(unleash);
    const { status, json } = await get('/status');
    expect(status).toBe(200);
    expect(json).toEqual({
      nowMs: 10_000,
      version: '1.2.3',
      runtime: 'Bun 1',
      startedAtMs: 1_000,
      residentBytes: 42,
      explain: 'needs-token',
      modes: [
        {
          kind: 'proxy',
          title: 'Unleash Proxy',
          environments: [
            {
              name: 'default',
              state: { revision: 1, origin: 'upstream', publishedAtMs: 5_000, flagCount: 4 },
              fetching: { lastResult: 'changed', lastSuccessMs: 6_000, nextPollMs: 21_000, failures: 0 },
            },
          ],
          credentials: [{ shown: 'client key 1 ****', kind: 'client key', environment: 'default', projects: ['*'] }],
          figures: [{ group: 'requests', name: '200', value: 7, counter: true }],
        },
      ],
      changes: { total: 0, newest: [] },
    });
    unleash.publish({ ...flags, alpha: '"off"' });
    const later = (await get('/status', { authorization: 'Bearer x' })).json;
    expect(later.explain).toBe('ready');
    expect(later.changes).toMatchObject({
      total: 1,
      newest: [{ flag: 'alpha', kind: 'changed', atMs: 10_000, difference: { fields: [{ before: '"on"' }] } }],
    });
  });
});

describe('GET /halyard/flags', () => {
  const names = (json: { flags: { name: string }[] }) => json.flags.map(({ name }) => name);

  test('lists flags of all environments by name, with their state in each', async () => {
    const one = testMode({ flags: { ...flags, zeta: '"on"' }, title: 'Flagsmith', environment: 'one' });
    const { json } = await toolsOf(testMode({ flags }), one)('/flags');
    expect(json).toMatchObject({ total: 9, matching: 9 });
    expect(names(json).slice(0, 4)).toEqual(['alpha', 'alpha', 'beta', 'beta']);
    expect(json.flags[0]).toEqual({
      name: 'alpha',
      mode: 'Unleash Proxy',
      kind: 'proxy',
      project: 'web',
      states: { default: 'on' },
      changedAtMs: null,
    });
  });

  test.each([
    ['?search=ALPHA', ['alpha', 'team.alpha-2']],
    ['?search=team%20web', ['team.alpha-2']],
    ['?search=nothing', []],
    ['?state=off', ['beta']],
    ['?state=on&search=team', ['team.alpha-2']],
    ['?environment=default&limit=2', ['alpha', 'beta']],
    ['?environment=other', []],
  ])('finds %s', async (query, expected) => {
    expect(names((await toolsOf(testMode({ flags }))(`/flags${query}`)).json)).toEqual(expected);
  });

  test('tells systems apart that have an environment of one name', async () => {
    const other = testMode({ flags: { alpha: '"off"' }, title: 'Flagsmith', kind: 'flagsmith' });
    const get = toolsOf(testMode({ flags }), other);
    const found = (await get('/flags?environment=default&mode=flagsmith')).json;
    expect(found).toMatchObject({ matching: 1, flags: [{ name: 'alpha', mode: 'Flagsmith', kind: 'flagsmith' }] });
    expect(names((await get('/flags?environment=default&search=alpha')).json)).toEqual([
      'alpha',
      'alpha',
      'team.alpha-2',
    ]);
    expect((await get('/flags?mode=edge')).json.matching).toBe(0);
  });

  test.each([
    ['?state=maybe', 'There is no state "maybe". Use on, off, depends.'],
    ['?limit=0', 'The limit has to be a whole number from 1 to 1000.'],
    ['?limit=many', 'The limit has to be a whole number from 1 to 1000.'],
  ])('refuses %s', async (query, message) => {
    const { status, json } = await toolsOf(testMode({ flags }))(`/flags${query}`);
    expect([status, json.message]).toEqual([400, message]);
  });

  test('tells when a flag changed', async () => {
    const unleash = testMode({ flags });
    const get = toolsOf(unleash);
    await get('/flags');
    unleash.publish({ ...flags, beta: '"on"' });
    const { json } = await get('/flags');
    expect(json.flags.map(({ changedAtMs }: { changedAtMs: number | null }) => changedAtMs)).toEqual([
      null,
      10_000,
      null,
      null,
    ]);
  });
});
