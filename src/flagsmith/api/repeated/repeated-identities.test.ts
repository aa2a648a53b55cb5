import { describe, expect, it } from 'vitest';
import { client, e2eDocument, registryOf } from '../../../../test/flagsmith/api.ts';
import { textOf } from '../../../../test/flagsmith/requests.ts';
import type { ServedEnvironment } from '../../environment/served-environment.ts';
import type { Access } from '../access.ts';
import { identityHead } from '../identity-reply.ts';
import { RepeatedIdentities } from './repeated-identities.ts';

const path = '/api/v1/identities/';
const text = (body: string) => new TextEncoder().encode(body);
const bodyOf = (identifier: string) => text(`{"identifier":"${identifier}","traits":[]}`);

const registry = registryOf({
  one: { serverKey: 'ser.one', text: e2eDocument({ api_key: 'one' }) },
  two: { serverKey: 'ser.two', text: e2eDocument({ api_key: 'two' }) },
});

function accessTo(clientKey: string, kind: Access['kind'] = 'client'): Access {
  const { slot, evaluations } = registry.get(clientKey)!;
  return { kind, clientKey, environment: slot.current?.model as ServedEnvironment, evaluations: evaluations.flagsmith };
}

const [one, two] = [accessTo('one'), accessTo('two')];

function memory(limitBytes = 1_000_000) {
  const repeated = new RepeatedIdentities(limitBytes);
  /** One request: what {@link RepeatedIdentities} is asked and told for it. */
  const request = (body: Uint8Array, access = one, identifier = 'ann') => {
    const digest = repeated.digestOfBody(body);
    const known = digest === undefined ? undefined : repeated.recall(digest, access);
    if (digest === undefined || known !== undefined) return known;
    const pieces = access.environment.decide(access.kind, access.environment.identity(identifier, []));
    repeated.learn(digest, access, body, identityHead(identifier, ''), pieces);
    return undefined;
  };
  const requests = (count: number, ...asked: Parameters<typeof request>) =>
    Array.from({ length: count }, () => request(...asked) !== undefined);
  return { repeated, request, requests };
}

describe('identities that come again', () => {
  it('are known from the third time on', () => {
    const { requests } = memory();
    expect(requests(4, bodyOf('ann'))).toEqual([false, false, true, true]);
    expect(requests(1, bodyOf('ben'))).toEqual([false]);
  });

  it('keep no text of a body that begins its own answer', () => {
    const { request, requests } = memory();
    requests(2, bodyOf('ann'));
    expect(request(bodyOf('ann'))?.head).toBeNull();
    const spaced = text('{"identifier": "ann", "traits": []}');
    requests(2, spaced);
    expect(Buffer.from(request(spaced)?.head ?? []).toString()).toBe('{"identifier":"ann","traits":[],"flags":');
  });

  it('are told apart by environment and kind of key, and forgotten with their environment', () => {
    const { repeated, request, requests } = memory();
    const server = accessTo('one', 'server');
    for (const access of [one, two, server]) requests(2, bodyOf('ann'), access);
    for (const access of [one, two, server]) {
      const { environment, kind } = access;
      const decided = [...environment.decide(kind, environment.identity('ann', []))];
      const pieces = request(bodyOf('ann'), access)?.pieces;
      // those of that environment and kind, not some that are equal
      expect(decided.map((piece, i) => piece === pieces?.[i])).toEqual(Array(pieces?.length).fill(true));
    }
    repeated.forget('one');
    for (const access of [two, one, server]) expect(requests(4, bodyOf('ann'), access).slice(2)).toEqual([true, true]);
    for (const name of ['one', 'two']) repeated.forget(name);
    expect(repeated.filled.used).toBe(0);
    // known to come again, and so remembered at once
    expect(requests(2, bodyOf('ann'))).toEqual([false, true]);
  });

  it('are only used with the very state that they were decided by', () => {
    const { requests } = memory();
    requests(2, bodyOf('ann'));
    const later = registryOf({ one: { serverKey: 'ser.one', text: e2eDocument({ api_key: 'one' }) } });
    const changed = { ...one, environment: later.get('one')?.slot.current?.model as ServedEnvironment };
    expect(requests(1, bodyOf('ann'), changed)).toEqual([false]);
  });

  it('take no more than they may, and neither long nor single ones come in', () => {
    const { repeated, requests } = memory(50_000);
    for (let i = 0; i < 2_000; i++) requests(1, bodyOf(`once-${i}`));
    expect(repeated.filled).toEqual({ used: 0, limit: 50_000 });
    for (let i = 0; i < 2_000; i++) {
      requests(2, bodyOf(`user-${i}`));
      expect(repeated.filled.used).toBeLessThanOrEqual(50_000);
    }
    expect(repeated.filled.used).toBeGreaterThan(20_000);
    expect(requests(1, bodyOf('user-1999'))).toEqual([true]);
    expect(requests(3, bodyOf('x'.repeat(20_000)))).toEqual([false, false, false]);
    const off = memory(0);
    expect(off.requests(3, bodyOf('ann'))).toEqual([false, false, false]);
    expect([off.repeated.digestOfBody(bodyOf('ann')), off.repeated.digestOfIdentifier('ann')]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('count the texts that only their identity has', () => {
    const { repeated, requests } = memory();
    requests(2, bodyOf('bob'), one, 'bob');
    const without = repeated.filled.used;
    repeated.forget('one');
    requests(2, bodyOf('liz'), one, 'alice');
    expect(repeated.filled.used).toBeGreaterThan(without + 50);
  });
});

describe('the route', () => {
  it('remembers no identity whose name is drawn', async () => {
    let drawn = 0;
    const repeated = new RepeatedIdentities(1_000_000);
    const send = client(registry, { repeated, randomIdentifier: () => `drawn-${drawn++}` });
    for (let i = 0; i < 4; i++) {
      const reply = await send('POST', path, { 'x-environment-key': 'one' }, '{"traits":[]}');
      expect(JSON.parse(textOf(reply)).identifier).toBe(`drawn-${i}`);
    }
    expect(repeated.filled.used).toBe(0);
  });

  it('remembers an identifier in the query apart from one in a body', async () => {
    const repeated = new RepeatedIdentities(1_000_000);
    const send = client(registry, { repeated });
    const headers = { 'x-environment-key': 'one' };
    const answers: string[] = [];
    for (let i = 0; i < 4; i++) {
      answers.push(textOf(await send('GET', `${path}?identifier=mvuser`, headers)));
      answers.push(textOf(await send('POST', path, headers, '{"identifier":"mvuser","traits":[]}')));
    }
    expect(new Set(answers).size).toBe(1);
    expect(repeated.filled.used).toBeGreaterThan(0);
  });
});
