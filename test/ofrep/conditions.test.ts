import { describe, expect, it } from 'vitest';
import { clientKey, flag, proxyOfrep, rollout, set } from './harness.ts';

const byPlan = {
  strategies: [{ name: 'default', constraints: [{ contextName: 'plan', operator: 'IN', values: ['pro'] }] }],
};
const document = set(flag('a'), flag('plan', byPlan));
const random = flag('random', {
  strategies: [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'random' } }],
});

describe('entity tags', () => {
  it('OF-22 change with the result, also where only an attribute has changed', async () => {
    const { bulk } = await proxyOfrep(document);
    const pro = await bulk({ targetingKey: 'u', plan: 'pro' });
    const free = await bulk(
      { targetingKey: 'u', plan: 'free' },
      { headers: { 'if-none-match': pro.headers.etag ?? '' } },
    );
    expect(free.status).toBe(200);
    expect(free.json.flags[1]).toMatchObject({ key: 'plan', value: false });
    expect(free.headers.etag).not.toBe(pro.headers.etag);
    expect((await bulk({ targetingKey: 'other', plan: 'pro' })).headers.etag).toBe(pro.headers.etag);
  });

  it('OF-22 stay across a change of flags that does not change the result', async () => {
    const { bulk, load } = await proxyOfrep(document);
    const before = await bulk();
    await load(set(flag('a', { description: 'new' }), flag('plan', byPlan)));
    const after = await bulk({}, { headers: { 'if-none-match': before.headers.etag ?? '' } });
    expect(after.status).toBe(304);
    expect((await bulk()).json.metadata.version).not.toBe(before.json.metadata.version);
  });

  it('OF-22 differ by credential, filter and views', async () => {
    const { bulk } = await proxyOfrep(document);
    const tags = [
      await bulk(),
      await bulk({}, { key: 'another-client-key' }),
      await bulk({}, { query: '?keys=a' }),
      await bulk({}, { query: '?views=boolean' }),
    ].map(({ headers }) => headers.etag);
    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/);
  });

  it('OF-22 a filter chooses flags', async () => {
    const { bulk } = await proxyOfrep(document);
    expect((await bulk({}, { query: '?keys=plan,nope' })).json.flags.map(({ key }) => key)).toEqual(['plan']);
    const several = (await bulk({}, { query: '?keys=plan&views=boolean&keys=nope' })).json.flags;
    expect(several.map(({ key }) => key)).toEqual(['plan', 'plan:boolean']);
    expect((await bulk({}, { query: '?keys=nope&keys=plan' })).json.flags.map(({ key }) => key)).toEqual(['plan']);
    expect((await bulk({}, { query: '?keys=' })).json.flags).toEqual([]);
    expect((await bulk({}, { query: '?keys=pl%61n' })).json.flags.map(({ key }) => key)).toEqual(['plan']);
  });

  it.each([
    ['keys', '?keys=%ZZ'],
    ['keys', '?views=boolean&keys=plan&keys=50%'],
    ['views', '?keys=plan&views=%E0%A4%A'],
  ])('OF-20 a filter that cannot be decoded is an error and not all flags: %s in %s', async (name, query) => {
    const { bulk } = await proxyOfrep(document);
    const { status, json, headers } = await bulk({}, { query });
    expect(status).toBe(400);
    expect(json).toEqual({
      errorCode: 'GENERAL',
      errorDetails: `the query parameter "${name}" is not percent-encoded correctly`,
      metadata: {},
    });
    expect(headers.etag).toBeUndefined();
    // Others are read as before: what nobody asks for may be anything.
    expect((await bulk({}, { query: '?keys=plan&other=%ZZ' })).json.flags.map(({ key }) => key)).toEqual(['plan']);
  });

  it('OF-23 are compared tolerantly', async () => {
    const { bulk } = await proxyOfrep(document);
    const etag = (await bulk()).headers.etag ?? '';
    const bare = etag.slice(1, -1);
    const forms = [
      `W/${etag}`,
      bare,
      `"x", ${etag}`,
      `"${bare}-gzip"`,
      `"${bare};gzip"`,
      `"${bare}--gzip"`,
      `W/"${bare}-br"`,
      '*',
    ];
    for (const form of forms) {
      expect((await bulk({}, { headers: { 'if-none-match': form } })).status, form).toBe(304);
    }
    for (const form of ['"other"', `${bare}x`, '', `"${'x'.repeat(5_000)}"`, '",,,"', '"']) {
      expect((await bulk({}, { headers: { 'if-none-match': form } })).status, form).toBe(200);
    }
  });

  it('OF-24 304 answers a POST without body, with its headers', async () => {
    const { bulk } = await proxyOfrep(document);
    const whole = await bulk();
    const answer = await bulk(
      {},
      {
        headers: {
          'if-none-match': whole.headers.etag ?? '',
          'cache-control': 'no-cache',
          origin: 'https://a.example',
        },
      },
    );
    expect(answer.status).toBe(304);
    expect(answer.text).toBe('');
    for (const name of [
      'etag',
      'cache-control',
      'vary',
      'access-control-allow-origin',
      'access-control-expose-headers',
    ]) {
      expect(answer.headers[name], name).toBe(whole.headers[name]);
    }
    expect(answer.headers['content-type']).toBeUndefined();
  });

  it('OF-25 a condition never hides a result that time has changed', async () => {
    const later = flag('later', {
      strategies: [
        {
          name: 'default',
          constraints: [{ contextName: 'currentTime', operator: 'DATE_AFTER', value: '2026-06-01T00:01:00Z' }],
        },
      ],
    });
    const { bulk, timers } = await proxyOfrep(set(later));
    const before = await bulk();
    const headers = { 'if-none-match': before.headers.etag ?? '' };
    await timers.advance(30_000);
    expect((await bulk({}, { headers })).status).toBe(304);
    await timers.advance(60_000);
    const after = await bulk({}, { headers });
    expect(after.status).toBe(200);
    expect(after.json.flags).toMatchObject([{ key: 'later', value: true }]);
  });

  it('OF-26 chance stays as it was drawn while the client sends its tag back', async () => {
    const { bulk, load } = await proxyOfrep(set(random), { random: Math.random });
    const values = new Set<unknown>();
    for (let i = 0; i < 60; i++) {
      const first = await bulk();
      const etag = first.headers.etag ?? '';
      expect(etag).toMatch(/^"[\w-]+\.[0-9a-z]{1,7}"$/);
      values.add(first.json.flags[0]?.value);
      expect((await bulk({}, { headers: { 'if-none-match': etag } })).status).toBe(304);
    }
    expect(values).toEqual(new Set([true, false]));
    const { headers, json } = await bulk();
    await load(set(random, flag('new', { strategies: [rollout(50)] })));
    const grown = await bulk({}, { headers: { 'if-none-match': headers.etag ?? '' } });
    expect(grown.status).toBe(200);
    expect(grown.json.flags.find(({ key }) => key === 'random')?.value).toBe(json.flags[0]?.value);
    expect(grown.headers.etag?.split('.')[1]).toBe(headers.etag?.split('.')[1]);
  });

  it('OF-26 an id leaves nothing to chance, and the tag without a seed', async () => {
    const { bulk } = await proxyOfrep(set(flag('sticky', { strategies: [rollout(50)] })), { random: Math.random });
    const tags = await Promise.all(Array.from({ length: 5 }, () => bulk({ targetingKey: 'u' })));
    expect(new Set(tags.map(({ headers }) => headers.etag)).size).toBe(1);
    expect(tags[0]?.headers.etag).not.toContain('.');
  });
});

it('OF-22 equal results of other users are one reply in memory, which clients cannot tell apart', async () => {
  const { bulk } = await proxyOfrep(document);
  const replies = await Promise.all(
    ['u1', 'u2', 'u3', 'u4'].map((targetingKey) => bulk({ targetingKey }, { key: clientKey })),
  );
  expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
});
