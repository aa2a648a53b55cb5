import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../../../test/flagsmith/api.ts';
import { settled, TestTimers, testLog } from '../../../test/flagsmith/timers.ts';
import { type Script, ScriptedUpstream } from '../../../test/flagsmith/upstream.ts';
import { readiness } from '../api/health.ts';
import { EnvironmentRegistry } from '../environment/registry.ts';
import { Discovery } from './discovery.ts';
import { EnvironmentSync } from './environment-sync.ts';
import { documentSource } from './fetch-document.ts';

function setUp(answers: Record<string, Script>, graceSeconds: number | null = 30) {
  const timers = new TestTimers(Date.parse('2024-06-01T00:00:00Z'));
  const registry = new EnvironmentRegistry(() => timers.now());
  const upstream = new ScriptedUpstream(({ url, headers }) => {
    const asked = url.endsWith('/proxy/config/') ? 'config' : (headers['X-Environment-Key'] ?? '');
    return answers[asked] ?? { status: 403 };
  });
  const log = testLog();
  const sync = new EnvironmentSync({
    registry,
    serving: { mode: 'proxy', details: false },
    intervalMs: 10_000,
    graceSeconds,
    fetch: { send: upstream.send, timeoutMs: 1000, limitBytes: 1e6 },
    timers,
    log,
  });
  const add = (name: string) =>
    sync.add({ clientKey: name, serverKeys: [`ser.${name}`] }, documentSource('http://api', `ser.${name}`, null));
  const ready = () => readiness(sync.freshness(), timers.now()).status;
  const serves = (key: string) => registry.find(key)?.registered.slot.current?.model !== undefined;
  return { timers, registry, upstream, log, sync, add, ready, serves, answers };
}

const good: Script = { status: 200, body: e2eDocument() };

describe('environments', () => {
  it('are fetched together, and one that is broken holds up no other', async () => {
    const { sync, add, ready, serves, answers, timers } = setUp({ 'ser.a': good });
    add('a');
    add('b');
    expect(ready()).toBe(503);
    await sync.start();
    expect([serves('a'), serves('b'), ready()]).toEqual([true, false, 503]);
    answers['ser.b'] = good;
    await timers.advance(20_000);
    expect([serves('b'), ready()]).toEqual([true, 200]);
  });

  it('are stale when the worst of them is older than interval and grace allow', async () => {
    const { sync, add, ready, answers, timers } = setUp({ 'ser.a': good });
    add('a');
    await sync.start();
    answers['ser.a'] = { status: 500 };
    await timers.advance(40_000);
    expect(ready()).toBe(200);
    await timers.advance(1);
    expect(ready()).toBe(503);
    answers['ser.a'] = good;
    await timers.advance(30_000);
    expect(ready()).toBe(200);
  });

  it('begin with what was kept while upstream is down', async () => {
    const { sync, add, ready, serves, answers, timers, registry } = setUp({}, null);
    add('a');
    expect(await sync.restore('a', '{', timers.now())).toBe(false);
    expect(await sync.restore('nobody', e2eDocument(), timers.now())).toBe(false);
    expect(await sync.restore('a', e2eDocument(), timers.now() - 5_000)).toBe(true);
    await sync.start();
    expect([serves('a'), ready(), registry.get('a')?.slot.current?.origin]).toEqual([true, 200, 'backup']);
    answers['ser.a'] = { status: 200, body: e2eDocument({ name: 'New' }) };
    await timers.advance(20_000);
    expect(registry.get('a')?.slot.current?.origin).toBe('upstream');
    expect(await sync.restore('a', e2eDocument(), timers.now())).toBe(false);
    expect(sync.lastSuccessMs('a')).toBe(timers.now());
  });

  it('come and go while others are served', async () => {
    const { sync, add, serves, upstream, timers } = setUp({ 'ser.a': good, 'ser.b': good });
    add('a');
    await sync.start();
    add('b');
    await settled();
    expect(serves('ser.b')).toBe(true);
    sync.remove('a');
    expect(serves('a')).toBe(false);
    const before = upstream.requests.length;
    await timers.advance(10_000);
    expect(upstream.requests.length).toBe(before + 1);
    await sync.refresh('b');
    expect(upstream.requests.length).toBe(before + 2);
    sync.stop();
    expect(timers.next).toBe(null);
  });
});

describe('discovery', () => {
  const environment = (name: string, keys: object[]) => ({ client_side_key: name, server_side_keys: keys, extra: 1 });
  const active = (key: string, expires: string | null = null) => ({ key, active: true, expires_at: expires });
  const config = (...list: object[]): Script => ({ status: 200, body: JSON.stringify(list) });

  function discover(answers: Record<string, Script>) {
    const all = setUp(answers);
    const { sync, upstream, timers, log } = all;
    const kept: string[] = [];
    const configured = [{ clientKey: 'static', serverKeys: ['ser.static'] }];
    sync.add(configured[0]!, documentSource('http://api', 'ser.static', 'pk.x'));
    const discovery = new Discovery({
      apiUrl: 'http://api/',
      proxyKey: 'pk.x',
      configured,
      sync,
      send: upstream.send,
      timeoutMs: 1000,
      limitBytes: 1e6,
      timers,
      log,
      onAnswer: (text) => kept.push(text),
    });
    return { ...all, discovery, kept };
  }

  it('adds environments with usable keys only', async () => {
    const answers = {
      config: config(
        environment('a', [
          { key: 'ser.off', active: false },
          active('ser.old', '2024-01-01T00:00:00Z'),
          active('ser.a'),
        ]),
        environment('none', [active('ser.odd', 'tomorrow')]),
        { odd: true },
      ),
      'ser.a': good,
      'ser.static': good,
    };
    const { discovery, sync, serves, upstream, registry, kept } = discover(answers);
    await sync.start();
    await discovery.run();
    await settled();
    expect([serves('a'), serves('ser.a'), serves('ser.off'), serves('ser.old'), serves('static')]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(registry.get('none')).toBeUndefined();
    expect(upstream.headers).toMatchObject({ 'X-Proxy-Key': 'pk.x', 'X-Environment-Key': 'ser.a' });
    expect(kept).toHaveLength(1);
  });

  it('follows rotated keys, and stops serving what is gone but never what is configured', async () => {
    const answers: Record<string, Script> = {
      config: config(environment('a', [active('ser.a')]), environment('static', [active('ser.more')])),
      'ser.a': good,
      'ser.b': good,
      'ser.static': good,
    };
    const { discovery, sync, serves, timers, upstream } = discover(answers);
    await sync.start();
    await discovery.run();
    await settled();
    expect([serves('ser.more'), serves('ser.static')]).toEqual([true, true]);
    answers.config = config(environment('a', [active('ser.b')]));
    await discovery.run();
    expect([serves('ser.a'), serves('ser.b'), serves('ser.more'), serves('ser.static')]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    await timers.advance(10_000);
    expect(upstream.requests.some(({ headers }) => headers['X-Environment-Key'] === 'ser.b')).toBe(true);
    answers.config = config();
    await discovery.run();
    expect([serves('a'), serves('static')]).toEqual([false, true]);
  });

  it.each<[string, Script]>([
    ['404', { status: 404 }],
    ['500', { status: 500 }],
    ['no list', { status: 200, body: '{}' }],
    ['no JSON', { status: 200, body: '<' }],
  ])('changes nothing on %s', async (_, failure) => {
    const answers: Record<string, Script> = { config: config(environment('a', [active('ser.a')])), 'ser.a': good };
    const { discovery, serves, kept, log, sync } = discover(answers);
    await sync.start();
    log.lines.length = 0;
    await discovery.run();
    await settled();
    answers.config = failure;
    await discovery.run();
    expect([serves('a'), kept.length, log.lines.length]).toEqual([
      true,
      1,
      failure instanceof Error || failure.status === 404 ? 0 : 1,
    ]);
  });
});
