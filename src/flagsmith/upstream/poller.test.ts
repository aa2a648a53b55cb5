import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../../../test/flagsmith/api.ts';
import { settled, TestTimers, testLog } from '../../../test/flagsmith/timers.ts';
import { type Script, ScriptedUpstream } from '../../../test/flagsmith/upstream.ts';
import { UpstreamError } from '../../http/upstream/types.ts';
import { EnvironmentRegistry } from '../environment/registry.ts';
import { documentSource, legacyDocumentSource } from './fetch-document.ts';
import { EnvironmentPoller } from './poller.ts';

const updated = (second: number) => `2024-05-06T07:08:${String(second).padStart(2, '0')}.5+00:00`;
const documentAt = (second: number, name = 'Production') => e2eDocument({ updated_at: updated(second), name });
const page = (body: string, link?: string): Script => ({
  status: 200,
  body,
  headers: link === undefined ? {} : { link },
});

function setUp(answer: Script | ((url: string) => Script | Promise<Script>)) {
  const timers = new TestTimers(Date.parse('2024-06-01T00:00:00Z'));
  const log = testLog();
  const registry = new EnvironmentRegistry(() => timers.now());
  const registered = registry.register({ clientKey: 'client1', serverKeys: ['ser.one'] });
  const upstream = new ScriptedUpstream(({ url }) => (typeof answer === 'function' ? answer(url) : answer));
  const saved: string[] = [];
  const poller = new EnvironmentPoller({
    registered,
    source: documentSource('http://api/api/v1/', 'ser.one', null),
    serving: { mode: 'proxy', details: false },
    intervalMs: 10_000,
    fetch: { send: upstream.send, timeoutMs: 5_000, limitBytes: 1e7 },
    timers,
    log,
    onDocument: (_, text) => saved.push(text),
  });
  const served = () => registered.slot.current?.model.text;
  return { timers, log, registered, upstream, poller, served, saved };
}

describe('polling', () => {
  it('asks as the original does, without doubled slashes', async () => {
    const { poller, upstream, served } = setUp(page(documentAt(1)));
    await poller.refresh();
    expect(served()).toBe(documentAt(1));
    expect(upstream.requests[0]).toMatchObject({
      method: 'GET',
      url: 'http://api/api/v1/environment-document/',
      headers: { 'X-Environment-Key': 'ser.one', Accept: '*/*' },
      timeoutMs: 5_000,
    });
    expect(upstream.headers).not.toHaveProperty('If-Modified-Since');
  });

  it('asks conditionally afterwards, and takes 304 as success', async () => {
    const { poller, upstream, registered, timers } = setUp(page(documentAt(1)));
    await poller.refresh();
    upstream.answer = () => ({ status: 304 });
    await timers.advance(10_000);
    expect(upstream.headers['If-Modified-Since']).toBe('Mon, 06 May 2024 07:08:01 GMT');
    expect(registered.slot.current?.revision).toBe(1);
    expect(poller.lastSuccessMs).toBe(timers.now());
    upstream.answer = () => page(documentAt(1));
    await timers.advance(10_000);
    expect(registered.slot.current?.revision).toBe(1);
    upstream.answer = () => page(documentAt(2));
    await timers.advance(10_000);
    expect(registered.slot.current?.revision).toBe(2);
  });

  it('asks unconditionally again after a document that was changed this very second', async () => {
    const { poller, upstream, timers } = setUp({ status: 500 });
    const now = new Date(timers.now() + 500).toISOString();
    upstream.answer = () => page(e2eDocument({ updated_at: now }));
    await poller.refresh();
    await timers.advance(10_000);
    expect(upstream.headers).not.toHaveProperty('If-Modified-Since');
    await timers.advance(10_000);
    expect(upstream.headers).toHaveProperty('If-Modified-Since');
  });

  it('asks unconditionally when the document has no usable time', async () => {
    for (const updatedAt of [7, 'yesterday', '', null]) {
      const { poller, upstream, timers, served } = setUp(page(e2eDocument({ updated_at: updatedAt })));
      await poller.refresh();
      await timers.advance(10_000);
      expect(upstream.headers).not.toHaveProperty('If-Modified-Since');
      expect(served()).toBeDefined();
    }
  });

  const failures: [string, Script][] = [
    ['500', { status: 500 }],
    ['403', { status: 403, body: '{"detail":"Invalid"}' }],
    ['401', { status: 401 }],
    ['a timeout', new UpstreamError('timeout', 'network timeout')],
    ['nobody there', new UpstreamError('network', 'refused')],
    ['no JSON', page('<html>')],
    ['nothing', page('')],
    ['half a document', page(documentAt(2).slice(0, 500))],
    ['a list', page('[]')],
    ['an empty object', page('{}')],
    ['null', page('null')],
    ['something else', page('{"key1":"v"}')],
    ['a document without its parts', page('{"feature_states":[{}]}')],
    ['bytes that are no text', { status: 200, body: new Uint8Array([0xff]) }],
  ];

  it.each([...failures, ['an unasked-for 304', { status: 304 }] as [string, Script]])(
    'begins later when upstream first has %s',
    async (_, failure) => {
      const { poller, upstream, served, timers, log } = setUp(failure);
      await poller.refresh();
      expect([served(), poller.lastSuccessMs]).toEqual([undefined, null]);
      expect(log.lines[0]).toContain('error error_fetching_document {"client_side_key":"client1"');
      upstream.answer = () => page(documentAt(1));
      await timers.advance(20_000);
      expect(served()).toBe(documentAt(1));
    },
  );

  it.each(failures)('keeps the good document when upstream then has %s, and recovers', async (_, failure) => {
    const { poller, upstream, served, timers, log } = setUp(page(documentAt(1)));
    await poller.refresh();
    const good = timers.now();
    upstream.answer = () => failure;
    await timers.advance(60_000);
    expect([served(), poller.lastSuccessMs, poller.failures > 1]).toEqual([documentAt(1), good, true]);
    upstream.answer = () => page(documentAt(3));
    await timers.advance(40_000);
    expect([served(), poller.failures]).toEqual([documentAt(3), 0]);
    expect(log.lines.filter((line) => !line.includes('error_fetching_document'))).toEqual([
      'info environment document fetched again {"client_side_key":"client1"}',
    ]);
  });

  it('waits longer after every failure, up to half a minute', async () => {
    const { poller, timers } = setUp({ status: 503 });
    await poller.refresh();
    const waits: (number | null)[] = [];
    for (let i = 0; i < 4; i++) {
      waits.push(timers.next);
      await timers.advance(timers.next ?? 0);
    }
    expect(waits).toEqual([20_000, 30_000, 30_000, 30_000]);
  });

  it('never overlaps itself; a refresh asked for meanwhile follows at once', async () => {
    let release: (script: Script) => void = () => {};
    const { poller, upstream, timers } = setUp(() => new Promise((resolve) => (release = resolve)));
    const first = poller.refresh();
    void poller.refresh();
    void poller.refresh();
    await settled();
    expect(upstream.requests).toHaveLength(1);
    release(page(documentAt(1)));
    await first;
    await timers.advance(0);
    expect(upstream.requests).toHaveLength(2);
  });

  it('ends when stopped', async () => {
    const { poller, upstream, timers } = setUp(page(documentAt(1)));
    await poller.refresh();
    poller.stop();
    await timers.advance(100_000);
    expect([upstream.requests.length, timers.next]).toEqual([1, null]);
    await poller.refresh();
    expect(upstream.requests).toHaveLength(1);
  });

  it('hands on documents to keep and tells of conditions that cannot hold', async () => {
    const odd = documentAt(1).replace('"operator":"EQUAL","value":"gold"', '"operator":"MODULO","value":"0|0"');
    const { poller, saved, log } = setUp(page(odd));
    await poller.refresh();
    expect(saved).toEqual([odd]);
    expect(log.lines[0]).toContain('"code":"modulo.zero"');
  });

  it('does not flood the log with a document that is wrong throughout', async () => {
    const text = `{"api_key":"c","project":{"segments":[]},"feature_states":[${Array(50).fill('{}')}]}`;
    const { poller, log, served } = setUp(page(text));
    await poller.refresh();
    expect(served()).toBe(text);
    expect([log.lines.length, log.lines.at(-1)]).toEqual([
      21,
      'warn document_issues_untold {"client_side_key":"client1","more":30}',
    ]);
  });

  it('can be configured as in version 1.0', () => {
    expect(legacyDocumentSource('http://api/api/v1', 'a b', 't')).toEqual({
      url: 'http://api/api/v1/environments/a%20b/document/',
      headers: { Authorization: 'Token t' },
    });
    expect(documentSource('http://api', 'ser.x', 'pk.y').headers).toEqual({
      'X-Environment-Key': 'ser.x',
      'X-Proxy-Key': 'pk.y',
    });
  });
});

describe('pages', () => {
  const override = (identifier: string) => ({ identifier, identity_features: [] });
  const paged = (second: number, ...names: string[]) =>
    documentAt(second).replace(
      /"identity_overrides":\[.*\]\}\]/s,
      `"identity_overrides":${JSON.stringify(names.map(override))}`,
    );
  const namesOf = (text: string | undefined) =>
    [...(text ?? '').matchAll(/"identifier":"(\w+)"/g)].map(([, name]) => name);
  const next = (id: string) => `</api/v1/environment-document/?page_id=identity_override%3A${id}>; rel="next"`;

  it('are followed, sent the key, and checked at the end', async () => {
    const answers = new Map([
      ['', page(paged(1, 'a'), next('b'))],
      ['b', page(paged(1, 'b'), `<http://other/x>; rel="prev", ${next('c')}`)],
      ['c', page(paged(1, 'c'))],
    ]);
    const { poller, upstream, served } = setUp(
      (url) => answers.get(new URL(url).searchParams.get('page_id')?.split(':')[1] ?? '')!,
    );
    await poller.refresh();
    expect(namesOf(served())).toEqual(['a', 'b', 'c']);
    expect(upstream.requests.map(({ url }) => new URL(url).search)).toEqual([
      '',
      '?page_id=identity_override%3Ab',
      '?page_id=identity_override%3Ac',
      '',
    ]);
    expect(upstream.requests.every(({ headers }) => headers['X-Environment-Key'] === 'ser.one')).toBe(true);
    expect(upstream.requests[2]?.headers).not.toHaveProperty('If-Modified-Since');
    expect(upstream.headers).toHaveProperty('If-Modified-Since');
  });

  it('are read again when the document changes meanwhile', async () => {
    let second = 1;
    const { poller, served } = setUp((url) => {
      if (!url.includes('page_id')) return page(paged(second, `a${second}`), next('b'));
      if (second === 1) second = 2;
      return page(paged(second, `b${second}`));
    });
    await poller.refresh();
    expect(namesOf(served())).toEqual(['a2', 'b2']);
  });

  it('are given up when the document never stands still', async () => {
    let second = 1;
    const { poller, served, log } = setUp((url) =>
      page(paged(second++ % 60, 'a'), url.includes('page_id') ? undefined : next('b')),
    );
    await poller.refresh();
    expect(served()).toBeUndefined();
    expect(log.lines[0]).toContain('kept changing');
  });

  it.each([
    ['<http://elsewhere/api/v1/environment-document/?page_id=1>; rel="next"', 'another server'],
    ['<https://api/environment-document/>; rel=next', 'another server'],
    ['<http://[>; rel="next"', 'no URL'],
    [next('loop'), 'more than 2000 pages'],
  ])('at %s are refused', async (link, reason) => {
    const { poller, upstream, log, served } = setUp(page(paged(1, 'a'), link));
    await poller.refresh();
    expect(served()).toBeUndefined();
    expect(log.lines[0]).toContain(reason);
    expect(upstream.requests.every(({ url }) => url.startsWith('http://api/'))).toBe(true);
  });
});
