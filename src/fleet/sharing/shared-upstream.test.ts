import { describe, expect, it } from 'vitest';
import { UpstreamError, type UpstreamRequest, type UpstreamResponse } from '../../http/upstream/types.ts';
import { ManualTimers, settle } from '../../unleash/upstream/testing.ts';
import { SharedUpstream } from './shared-upstream.ts';
import { TestMemory } from './testing.ts';
import { unleashSharing } from './unleash-choices.ts';

const intervalMs = 10_000;
const url = 'http://upstream/api/client/features';

function setUp(count = 3) {
  const timers = new ManualTimers();
  const memory = new TestMemory(timers);
  const upstream = {
    requests: [] as { readonly member: number; readonly request: UpstreamRequest }[],
    answer: async (request: UpstreamRequest): Promise<UpstreamResponse> =>
      request.headers['If-None-Match'] === '"1"' ? response(304) : response(200, 'one', { etag: '"1"' }),
  };
  const warnings: string[] = [];
  const changes: number[] = [];
  const members = Array.from({ length: count }, (_, member) => {
    const shared = new SharedUpstream({
      send: (request) => {
        upstream.requests.push({ member, request });
        return upstream.answer(request);
      },
      memory: memory.member(),
      choose: unleashSharing(intervalMs),
      instanceIsCredential: false,
      memberId: `m${member}`,
      timers,
      random: () => 0.5,
      warn: (_, message) => warnings.push(message),
    });
    shared.onChanged(() => changes.push(member));
    return shared;
  });
  const ask = async (member: number, etag?: string, more: Partial<UpstreamRequest> = {}) => {
    const headers = {
      Authorization: 'secret',
      'UNLEASH-INSTANCEID': `i${member}`,
      ...(etag === undefined ? {} : { 'If-None-Match': etag }),
    };
    const request = { method: 'GET', url, headers, timeoutMs: 5_000, limitBytes: 1_000, ...more } as const;
    return said(await members[member]!.send(request).catch((error: UpstreamError) => error));
  };
  return { timers, memory, upstream, warnings, changes, ask };
}

function response(status: number, body = '', headers: Record<string, string> = {}): UpstreamResponse {
  return { status, body: Buffer.from(body), header: (name) => headers[name] };
}

function said(answer: UpstreamResponse | UpstreamError): string {
  if (answer instanceof Error) return `${answer.failure}: ${answer.message}`;
  return `${answer.status} ${answer.header('etag') ?? ''} ${Buffer.from(answer.body)}`.trim();
}

describe('SharedUpstream', () => {
  it('asks once for all who ask at the same time, and once per interval after that', async () => {
    const { timers, upstream, changes, ask } = setUp();
    const first = Promise.all([ask(0), ask(1), ask(2)]);
    await timers.advance(1_000);
    expect(await first).toEqual(['200 "1" one', '200 "1" one', '200 "1" one']);
    expect(upstream.requests).toHaveLength(1);
    // Whoever waited has it now: told of a change, it would ask again, with a condition, which nobody has asked yet.
    expect(changes).toEqual([]);
    for (let round = 2; round < 6; round++) {
      await timers.advance(intervalMs);
      const next = Promise.all([ask(1, '"1"'), ask(2, '"1"'), ask(0, '"1"')]);
      await timers.advance(1_000);
      expect(await next).toEqual(['304', '304', '304']);
      expect(upstream.requests).toHaveLength(round);
    }
  });

  it('tells the others of a change, who get it without upstream', async () => {
    const { timers, upstream, changes, ask } = setUp();
    const first = Promise.all([ask(0), ask(1), ask(2)]);
    await timers.advance(intervalMs);
    await first;
    changes.length = 0;
    upstream.answer = async () => response(200, 'two', { etag: '"2"' });
    expect(await ask(0, '"1"')).toBe('200 "2" two');
    expect(changes).toEqual([1, 2]);
    expect([await ask(1, '"1"'), await ask(2, '"1"')]).toEqual(['200 "2" two', '200 "2" two']);
    expect(upstream.requests).toHaveLength(2);
  });

  it('tells of a change that may have come while nobody heard messages', async () => {
    const { timers, memory, upstream, changes, ask } = setUp();
    const first = Promise.all([ask(0), ask(1), ask(2)]);
    await timers.advance(intervalMs);
    await first;
    changes.length = 0;
    upstream.answer = async () => response(200, 'two', { etag: '"2"' });
    memory.isSilent = true;
    expect(await ask(0, '"1"')).toBe('200 "2" two');
    expect(changes).toEqual([]);
    memory.speakAgain();
    expect(changes).toEqual([0, 1, 2]);
    expect([await ask(1, '"1"'), await ask(2, '"1"')]).toEqual(['200 "2" two', '200 "2" two']);
    expect(upstream.requests).toHaveLength(2);
  });

  it('tells a member of a change that came while it was getting what was there before', async () => {
    const { timers, upstream, changes, ask } = setUp(2);
    const first = Promise.all([ask(0), ask(1)]);
    await timers.advance(intervalMs);
    await first;
    const answers: ((response: UpstreamResponse) => void)[] = [];
    upstream.answer = () => new Promise((resolve) => answers.push(resolve));
    const conditional = ask(0, '"1"');
    await settle();
    const full = ask(1);
    await settle();
    answers[1]!(response(200, 'two', { etag: '"2"' }));
    expect(await full).toBe('200 "2" two');
    expect(changes).toEqual([]);
    answers[0]!(response(304));
    expect(await conditional).toBe('304');
    expect(changes).toEqual([0]);
  });

  it('asks anew when a member knows of a change before its time', async () => {
    const { timers, upstream, ask } = setUp();
    await ask(0);
    await ask(1);
    await timers.advance(3_000);
    upstream.answer = async () => response(200, 'two', { etag: '"2"' });
    expect(await ask(1)).toBe('200 "2" two');
    expect(upstream.requests).toHaveLength(2);
  });

  it('replaces a member that died while it asked, within one interval', async () => {
    const { timers, upstream, memory, ask } = setUp();
    upstream.answer = () => new Promise(() => undefined);
    // Its lease as a dead process leaves it: nobody renews it.
    const dead = memory.member();
    const name = await nameOf(upstream, memory, ask, timers);
    expect(await dead.take(name, 'dead', intervalMs)).toBe(true);
    upstream.requests.length = 0;
    upstream.answer = async () => response(200, 'one', { etag: '"1"' });
    const waiting = ask(1, undefined, { timeoutMs: 60_000 });
    await timers.advance(intervalMs - 1_000);
    expect(upstream.requests).toEqual([]);
    await timers.advance(2_000);
    expect(await waiting).toBe('200 "1" one');
    expect(upstream.requests.map(({ member }) => member)).toEqual([1]);
  });

  it('keeps its lease while upstream is slow, and others wait', async () => {
    const { timers, upstream, ask } = setUp();
    let answer: (response: UpstreamResponse) => void = () => {};
    upstream.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const slow = ask(0, undefined, { timeoutMs: 60_000 });
    await settle();
    const waiting = ask(1, undefined, { timeoutMs: 60_000 });
    const impatient = ask(2);
    await timers.advance(4 * intervalMs);
    expect(await impatient).toMatch(/^timeout: /);
    answer(response(200, 'late'));
    expect([await slow, await waiting]).toEqual(['200  late', '200  late']);
    expect(upstream.requests).toHaveLength(1);
  });

  it('does not let a member that was stopped for a while replace what its successor wrote', async () => {
    const timers = new ManualTimers();
    const memory = new TestMemory(timers);
    const [old, successor] = [memory.member(), memory.member()];
    await old.take('x', 'old', 1_000);
    await timers.advance(1_001);
    expect(await successor.take('x', 'new', 1_000)).toBe(true);
    expect(await old.write('x', 'old', Buffer.from('old'), 5_000, '{}')).toBe(false);
    expect(await old.renew('x', 'old', 1_000)).toBe(false);
    await old.release('x', 'old');
    expect(await successor.write('x', 'new', Buffer.from('new'), 5_000, '{}')).toBe(true);
    expect((await old.read('x'))?.bytes.toString()).toBe('new');
  });

  it('shares failures and refusals, so that an upstream in trouble hears from one', async () => {
    const { timers, upstream, ask } = setUp();
    upstream.answer = async () => {
      throw new UpstreamError('network', 'nobody there', 'ECONNREFUSED');
    };
    expect([await ask(0), await ask(1), await ask(0)]).toEqual(Array(3).fill('network: nobody there'));
    expect(upstream.requests).toHaveLength(1);
    await timers.advance(intervalMs);
    upstream.answer = async () => response(503, 'busy', { 'retry-after': '60' });
    expect([await ask(1), await ask(2)]).toEqual(['503  busy', '503  busy']);
    await timers.advance(3 * intervalMs);
    expect(await ask(0)).toBe('503  busy');
    expect(upstream.requests).toHaveLength(2);
  });

  it('lets everybody ask alone while the memory is lost, those that hold something spread out', async () => {
    const { timers, memory, upstream, warnings, ask } = setUp();
    memory.isLost = true;
    expect([await ask(0), await ask(1)]).toEqual(['200 "1" one', '200 "1" one']);
    expect(upstream.requests).toHaveLength(2);
    const waiting = ask(2, '"1"');
    await settle();
    expect(upstream.requests).toHaveLength(2);
    await timers.advance(intervalMs / 2);
    expect(await waiting).toBe('304');
    // It had its wait.
    expect(await ask(2, '"1"')).toBe('304');
    expect(upstream.requests).toHaveLength(4);
    memory.isLost = false;
    expect([await ask(0, '"1"'), await ask(1, '"1"'), await ask(2, '"1"')]).toEqual(['304', '304', '304']);
    expect(upstream.requests).toHaveLength(5);
    expect(warnings.filter((line) => line.includes('cannot be used (connection lost)'))).toHaveLength(3);
    expect(warnings.filter((line) => line.includes('there again'))).toHaveLength(3);
    expect(warnings.join()).not.toContain('secret');
  });

  it('shares nothing between credentials, addresses and kinds of request', async () => {
    const { upstream, ask } = setUp();
    await ask(0);
    await ask(1, undefined, { headers: { Authorization: 'other' } });
    await ask(1, undefined, { url: `${url}?project=x` });
    await ask(1, undefined, { method: 'POST', url: 'http://upstream/api/client/metrics', body: '{}' });
    await ask(2, undefined, { method: 'POST', url: 'http://upstream/api/client/metrics', body: '{}' });
    expect(upstream.requests).toHaveLength(5);
  });

  it('registers once for all, and again after a failure', async () => {
    const { timers, upstream, ask } = setUp();
    const body = (member: number, more: object = {}) =>
      JSON.stringify({
        appName: 'a',
        instanceId: `i${member}`,
        connectionId: `c${member}`,
        started: `${member}`,
        ...more,
      });
    const register = (member: number, more?: object) =>
      ask(member, undefined, { method: 'POST', url: 'http://upstream/api/client/register', body: body(member, more) });
    upstream.answer = async () => response(503);
    expect([await register(0), await register(1)]).toEqual(['503', '503']);
    await timers.advance(10_000);
    upstream.answer = async () => response(202);
    expect([await register(1), await register(2), await register(0)]).toEqual(['202', '202', '202']);
    expect(upstream.requests.map(({ member }) => member)).toEqual([0, 1]);
    await register(0, { sdkVersion: 'newer' });
    expect(upstream.requests).toHaveLength(3);
  });

  it('shares which tokens are valid', async () => {
    const { upstream, ask } = setUp();
    upstream.answer = async () => response(200, '{"tokens":[]}');
    const question = { method: 'POST', url: 'http://upstream/edge/validate', body: '{"tokens":["a"]}' } as const;
    expect([await ask(0, undefined, question), await ask(1, undefined, question)]).toEqual(
      Array(2).fill('200  {"tokens":[]}'),
    );
    await ask(1, undefined, { ...question, body: '{"tokens":["b"]}' });
    expect(upstream.requests).toHaveLength(2);
  });

  it('leaves documents of several pages to each member, whose pages have to fit together', async () => {
    const { upstream, ask } = setUp();
    upstream.answer = async () => response(200, 'page', { link: '<http://upstream/next>; rel="next"' });
    await ask(0);
    await ask(1);
    await ask(1);
    expect(upstream.requests.map(({ member }) => member)).toEqual([0, 1, 1]);
  });

  it('holds the answer of another member against its own limit', async () => {
    const { ask } = setUp();
    await ask(0);
    expect(await ask(1, undefined, { limitBytes: 2 })).toMatch(/^too-large: /);
  });
});

/** The name of the exchange that members ask for. */
async function nameOf(
  upstream: ReturnType<typeof setUp>['upstream'],
  memory: TestMemory,
  ask: ReturnType<typeof setUp>['ask'],
  timers: ManualTimers,
): Promise<string> {
  const { answer } = upstream;
  upstream.answer = async () => response(404);
  let name = '';
  memory.member().onMessage(
    (text) => {
      name = (JSON.parse(text) as { exchange: string }).exchange;
    },
    () => undefined,
  );
  await ask(0);
  await timers.advance(intervalMs);
  upstream.answer = answer;
  return name;
}
