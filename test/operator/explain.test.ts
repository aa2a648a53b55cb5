import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/flags/explanation.ts';
import { startSocketUpstream } from '../edge/socket-upstream.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, listensOn } from '../flagsmith/support/halyard.ts';
import { freePort } from '../support/ports.ts';
import type { Server } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import {
  access,
  bearer,
  checkout,
  clientToken,
  document,
  flagsmithDocument,
  operator,
  type Started,
  start,
  unleashModes,
} from './explain-modes.ts';

async function explain(
  { server, base = '' }: { server: Server; base?: string | undefined },
  flag: string,
  question: unknown,
  headers: Record<string, string> = bearer,
) {
  const path = `${base}/halyard/explain/${flag}`;
  const reply = await server.postJson(path, question, headers);
  return { ...reply, json: reply.headers['content-type']?.includes('json') ? JSON.parse(reply.text) : undefined };
}

describe.each(halyards())('%s', (subject) => {
  describe.each(unleashModes)('$name', ({ start: begin, base, environment, evaluation, served, otherOrigin }) => {
    let started: Started;
    beforeAll(async () => {
      started = await begin(subject);
    });
    afterAll(() => started?.stop());
    const ask = (flag: string, question: unknown, headers?: Record<string, string>) =>
      explain({ server: started.server, base }, flag, question, headers);

    test('explains what it serves', async () => {
      const answers = new Set<boolean>();
      for (let user = 0; user < 12; user++) {
        const { status, json } = await ask('checkout', {
          context: { userId: `u${user}`, properties: { country: 'NO' } },
        });
        expect(status).toBe(200);
        const told = json as Explanation;
        expect(told.answer.enabled).toBe(await served?.(started.server, `u${user}`, 'NO'));
        answers.add(told.answer.enabled);
        expect(told.environment).toMatchObject({ name: environment, evaluation, origin: otherOrigin, revision: 1 });
      }
      expect(answers.size).toBe(2);
    });

    test('as data and as text, read by the rules of the mode', async () => {
      const { json, headers } = await ask('checkout', { context: { userId: 7, properties: { country: 'DK' } } });
      expect(headers['cache-control']).toBe('no-store');
      expect(json).toMatchObject({
        flag: 'checkout',
        answer: { enabled: false, visible: true, variant: null, reason: 'DEFAULT' },
        because: 'its only strategy does not hold: country IN ["NO", "SE"]: saw "DK"',
        context: { values: { userId: '7', properties: { country: 'DK' } } },
      });
      const text = await ask('checkout', { query: 'userId=7&country=DK' }, { ...bearer, accept: 'text/plain' });
      expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(text.text).toContain('checkout is off\n  because its only strategy does not hold');
      expect(text.text).toContain('✗ country IN ["NO", "SE"]: saw "DK"  <- this decided');
      expect((await ask('a%2Fb', {})).json.because).toBe('it is switched off');
    });

    test('says what is wrong with a question', async () => {
      const unknown = await ask('chekout', {});
      expect(unknown).toMatchObject({ status: 404, json: { error: 'flag_not_found', nearest: ['checkout'] } });
      expect(unknown.json.message).toContain('Did you mean "checkout"?');
      expect(await ask('checkout', { context: 7 })).toMatchObject({ status: 400, json: { error: 'bad_context' } });
      expect(await ask('checkout', { environment: 'moon' })).toMatchObject({
        status: 404,
        json: { error: 'environment_not_found', environments: [environment] },
      });
      expect(await ask('checkout', { credential: 'unknown' })).toMatchObject({
        status: 400,
        json: { error: 'unknown_credential' },
      });
      const path = `${base ?? ''}/halyard/explain/checkout`;
      const broken = await started.server.request({ method: 'POST', path, headers: bearer, body: '{' });
      expect(broken.status).toBe(400);
      expect(broken.text).toContain('An example:');
      expect((await started.server.get(path, bearer)).status).toBe(405);
    });

    test('only to operators', async () => {
      expect(await ask('checkout', {}, {})).toMatchObject({ status: 401, json: { error: 'unauthorized' } });
      expect((await ask('checkout', {}, { authorization: 'Bearer wrong' })).status).toBe(401);
      const foreign = await ask('checkout', {}, { ...bearer, origin: 'https://evil.example' });
      expect(foreign.status).toBe(403);
      expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
      expect(started.server.stdout() + started.server.stderr()).not.toContain(operator);
    });
  });

  test('Unleash Edge says what a credential sees', async () => {
    const edge = await unleashModes[1]?.start(subject);
    if (edge === undefined) throw new Error('there is no such mode');
    try {
      const { server } = edge;
      await server.get('/api/frontend', { authorization: 'web:development.frontend-secret' });
      await server.get('/api/frontend', { authorization: 'ops:development.frontend-secret' });
      const sees = async (credential: string) =>
        (await explain({ server }, 'checkout', { credential })).json.answer.visible;
      expect(await sees('web:development.frontend-secret')).toBe(true);
      expect(await sees('ops:development.frontend-secret')).toBe(false);
    } finally {
      await edge.stop();
    }
  });

  test('Unleash Edge explains what it answers below /proxy, by key or by mode, and shows no key', async () => {
    const upstream = await startSocketUpstream();
    // Edge's evaluation and Unleash Proxy's differ here: the latter takes text for no number.
    const numeric = {
      ...checkout,
      name: 'numeric',
      strategies: [
        {
          name: 'default',
          constraints: [{ contextName: 'age', operator: 'NUM_GT', value: '18', values: [], inverted: true }],
        },
      ],
    };
    const projects = { version: 2, features: [checkout, numeric, { ...checkout, name: 'theirs', project: 'ops' }] };
    const token = 'web:development.client-secret-0002';
    upstream.tokens.set(token, { type: 'client', environment: 'development', projects: ['web'] });
    upstream.tokens.set(clientToken, { type: 'client', environment: 'development', projects: ['*'] });
    upstream.features.set(token, projects);
    upstream.features.set(clientToken, projects);
    const args = ['edge', '--strict', '--upstream-url', upstream.origin, '--tokens', `${token},${clientToken}`];
    const keys = 'first-proxy-key,second-proxy-key@development';
    const server = await start(subject, { args: [...args, '--proxy-client-keys', keys], env: access });
    const toggles = async (key: string, query: string) => {
      const { text } = await server.get(`/proxy/all?${query}`, { authorization: key });
      return new Map((JSON.parse(text).toggles as { name: string; enabled: boolean }[]).map((one) => [one.name, one]));
    };
    try {
      await eventually('definitions', () => toggles('second-proxy-key', '').then(({ size }) => size === 3));
      const answers = new Set<boolean>();
      for (const key of ['first-proxy-key', 'second-proxy-key']) {
        for (let user = 0; user < 12; user++) {
          const query = `userId=u${user}&country=NO&age=${user}x`;
          const served = await toggles(key, query);
          for (const flag of ['checkout', 'numeric']) {
            const { status, json } = await explain({ server }, flag, { query, credential: key });
            expect([status, json.answer?.enabled], JSON.stringify(json)).toEqual([200, served.get(flag)?.enabled]);
            answers.add(json.answer.enabled);
          }
        }
      }
      expect(answers.size).toBe(2);
      const told = await explain({ server }, 'checkout', { credential: 'second-proxy-key', context: { userId: '1' } });
      expect(told.json).toMatchObject({
        environment: { mode: 'Unleash Edge, /proxy', evaluation: 'unleash-node', origin: 'upstream' },
        context: { reader: 'Unleash Proxy, body of POST /proxy', values: { appName: 'unleash-proxy' } },
      });
      expect(told.json.notes[0]).toBe('Asked as proxy key 2 ****.');
      expect(told.json.environment.confirmedAgeSeconds).not.toBeNull();
      expect(told.text).not.toContain('second-proxy-key');
      // The first key sees what its token sees.
      const unseen = await explain({ server }, 'theirs', { credential: 'first-proxy-key' });
      expect(unseen).toMatchObject({ status: 404, json: { error: 'flag_not_found' } });
      expect((await toggles('first-proxy-key', '')).has('theirs')).toBe(false);
      // Without a key, Edge's own answers are meant, unless the other mode is named.
      expect((await explain({ server }, 'checkout', {})).json.environment.evaluation).toBe('yggdrasil');
      const named = await explain({ server }, 'checkout', { mode: 'proxy', environment: 'development (2)' });
      expect(named.json.environment).toMatchObject({ name: 'development (2)', evaluation: 'unleash-node' });
      const status = JSON.parse((await server.get('/halyard/status', bearer)).text);
      expect(status.modes).toHaveLength(1);
      expect(status.modes[0].credentials).toContainEqual({
        shown: 'proxy key 1 ****',
        kind: 'proxy key',
        environment: 'development',
        projects: ['web'],
      });
      expect(JSON.stringify(status)).not.toMatch(/first-proxy-key|second-proxy-key/);
    } finally {
      await server.stop();
      await upstream.close();
    }
  });

  test('Flagsmith, alone and beside Unleash Proxy', async () => {
    const core = await CoreApi.start();
    core.documents.set('ser.one', JSON.stringify(flagsmithDocument));
    const upstream = await startSocketUpstream();
    upstream.features.set('token', document);
    const env = { ...keyPairs(['ser.one', 'client1']), API_URL: core.url, ...access };
    const proxy = {
      UNLEASH_URL: `${upstream.origin}/api`,
      UNLEASH_API_TOKEN: 'token',
      UNLEASH_PROXY_CLIENT_KEYS: 'client-key-of-tests',
    };
    try {
      for (const more of [{}, proxy]) {
        const port = await freePort();
        const server = await start(subject, { port, env: { ...env, ...listensOn(port), ...more } });
        try {
          const traits = { plan: 'pro' };
          const told = await eventually('an explanation', async () => {
            const found = await explain({ server }, 'banner', {
              context: { identifier: 'ann', traits },
            }).catch(() => undefined);
            return found?.status === 200 ? found.json : undefined;
          });
          expect(told).toMatchObject({
            answer: { enabled: true, value: 'for pros', reason: 'TARGETING_MATCH; segment=pros' },
            environment: { mode: 'Flagsmith', name: 'Production', evaluation: 'flagsmith-proxy' },
            because: 'segment 1 "pros" matches and overrides it, with the lowest priority of those that match (1)',
          });
          expect(
            await explain({ server }, 'banner', { environment: 'Production', context: { userId: '1' } }),
          ).toMatchObject({
            status: 400,
            json: { error: 'bad_context', message: expect.stringContaining('"context" knows no "userId"') },
          });
        } finally {
          await server.stop();
        }
      }
    } finally {
      await core.close();
      await upstream.close();
    }
  });

  test('the demo, to those who have its own token, or the one that is configured', async () => {
    const own = 'demo-operator-token-not-for-production';
    for (const [env, token, wrong] of [[{}, own, operator] as const, [access, operator, own] as const]) {
      const server = await start(subject, { waitFor: 'ready', env });
      try {
        const send = (bearerToken: string) =>
          server.postJson('/halyard/explain/dark-mode', {}, { authorization: `Bearer ${bearerToken}` });
        expect((await send(wrong)).status).toBe(401);
        const { status, text } = await send(token);
        expect(status).toBe(200);
        expect(JSON.parse(text).environment).toMatchObject({ mode: 'Demo', origin: 'file' });
      } finally {
        await server.stop();
      }
    }
  });

  test('with the tools off there is nothing', async () => {
    const server = await start(subject, { waitFor: 'ready', env: { ...access, HALYARD_OPERATOR_ACCESS: 'off' } });
    try {
      const reply = await server.postJson('/halyard/explain/dark-mode', {}, bearer);
      expect(reply.status).toBe(404);
      expect(reply.text).toContain('Cannot POST /halyard/explain/dark-mode');
    } finally {
      await server.stop();
    }
  });
});
