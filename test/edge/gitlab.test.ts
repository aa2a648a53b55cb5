/** GitLab as upstream: it answers for flags, and refuses or does not have everything else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { UpstreamRequest, UpstreamResponse } from '../../src/http/upstream/types.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import {
  type Gitlab,
  gitlabFlag,
  gitlabInstanceId,
  gitlabPath,
  scriptedGitlab,
  startGitlab,
} from '../support/gitlab.ts';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { edgeInMemory, scriptedUpstream } from './harness.ts';

const client = '*:production.secret-0-client';
const frontend = '*:production.secret-0-frontend';
const url = `https://gitlab.example${gitlabPath}`;
const withFlags = (gitlab: Gitlab) => gitlab.flags.set('production', [gitlabFlag('b'), gitlabFlag('a')]);

const lowerCase = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function sendTo(gitlab: Gitlab) {
  return async ({ method, url: asked, headers }: UpstreamRequest): Promise<UpstreamResponse> => {
    const answer = gitlab.answer({ method, path: new URL(asked).pathname, headers: lowerCase(headers) });
    return { status: answer.status, body: Buffer.from(answer.body), header: (name) => answer.headers[name] };
  };
}

async function edgeOnGitlab(
  args: readonly string[] = ['--tokens', client, '--pretrusted-tokens', frontend],
  { gitlab = scriptedGitlab(), folder, address = url }: { gitlab?: Gitlab; folder?: string; address?: string } = {},
) {
  withFlags(gitlab);
  const store = folder === undefined ? undefined : createFolderStore({ folder, limitBytes: 1_000_000 });
  const all = ['--instance-id', gitlabInstanceId, ...args, '--upstream-url', address];
  const upstream = { ...scriptedUpstream(), send: sendTo(gitlab) };
  const edge = await edgeInMemory(all, upstream, store);
  return { ...edge, gitlab };
}

const names = (body: unknown) => (body as { toggles: { name: string }[] }).toggles.map(({ name }) => name);

describe('GitLab behind edge mode', () => {
  test('both APIs answer; GitLab is asked for flags and for nothing else', async () => {
    const { call, start, stop, gitlab, timers } = await edgeOnGitlab();
    await start();
    expect(names((await call('/api/frontend?userId=7', { token: frontend })).json())).toEqual(['a', 'b']);
    const definitions = (await call('/api/client/features', { token: client })).json();
    expect(definitions).toMatchObject({
      version: 1,
      features: [{ name: 'a', project: 'default' }, { name: 'b' }],
      query: { environment: 'production', projects: ['*'] },
    });
    const metrics = {
      appName: 'web',
      bucket: { start: new Date().toISOString(), stop: new Date().toISOString(), toggles: { a: { yes: 3, no: 1 } } },
    };
    expect((await call('/api/client/metrics', { token: client, body: metrics })).status).toBe(202);
    const registration = { appName: 'web', interval: 1, started: new Date().toISOString(), strategies: [] };
    expect((await call('/api/client/register', { token: client, body: registration })).status).toBe(202);
    await timers.advance(200_000);
    expect((await call('/internal-backstage/metrics')).text).toMatch(
      /feature_toggle_usage_total\{.*active="true".*\} 3/,
    );
    await stop(1_000);
    expect(gitlab.requests.length).toBeGreaterThan(3);
    for (const { method, path, headers } of gitlab.requests) {
      expect([method, path]).toEqual(['GET', `${gitlabPath}/client/features`]);
      expect(headers).toMatchObject({ 'unleash-instanceid': gitlabInstanceId, 'unleash-appname': 'production' });
      expect(headers).not.toHaveProperty('authorization');
    }
    // Unchanged flags cost GitLab no body.
    expect(gitlab.requests.at(-1)?.headers['if-none-match']).toMatch(/^W\/"/);
  });

  test('each environment of the tokens is an application name; one never sees the flags of another', async () => {
    const gitlab = scriptedGitlab();
    gitlab.flags.set('staging', [gitlabFlag('only-staging')]);
    const staging = 'secret-0-staging@staging';
    const { call, start } = await edgeOnGitlab(['--tokens', client, '--pretrusted-tokens', `${frontend},${staging}`], {
      gitlab,
    });
    await start();
    expect(names((await call('/api/frontend', { token: 'secret-0-staging' })).json())).toEqual(['only-staging']);
    expect(names((await call('/api/frontend', { token: frontend })).json())).toEqual(['a', 'b']);
    expect(gitlab.requests.map(({ headers }) => headers['unleash-appname']).sort()).toEqual(['production', 'staging']);
  });

  test('strategies of GitLab decide', async () => {
    const gitlab = scriptedGitlab();
    const flags = [
      gitlabFlag('listed', [{ name: 'userWithId', parameters: { userIds: '7,8' } }]),
      gitlabFlag('percent', [{ name: 'gradualRolloutUserId', parameters: { percentage: '100', groupId: 'default' } }]),
      gitlabFlag('flexible', [
        { name: 'flexibleRollout', parameters: { groupId: 'default', rollout: '0', stickiness: 'default' } },
      ]),
    ];
    const { call, start } = await edgeOnGitlab(undefined, { gitlab });
    gitlab.flags.set('production', flags);
    await start();
    expect(names((await call('/api/frontend?userId=7', { token: frontend })).json())).toEqual(['listed', 'percent']);
    expect(names((await call('/api/frontend?userId=9', { token: frontend })).json())).toEqual(['percent']);
  });

  test('only listed tokens are let in, each on its own API, and nobody asks GitLab about them', async () => {
    const { call, start, gitlab } = await edgeOnGitlab();
    await start();
    const before = gitlab.requests.length;
    expect((await call('/api/client/features', { token: frontend })).status).toBe(403);
    expect((await call('/api/frontend', { token: client })).status).toBe(403);
    expect((await call('/api/frontend', { token: '*:production.guess' })).status).toBe(403);
    expect((await call('/api/client/features', { token: '*:production.gitlab' })).status).toBe(403);
    expect((await call('/api/frontend', { token: gitlabInstanceId })).status).toBe(403);
    expect((await call('/api/frontend')).status).toBe(403);
    const asked = { tokens: [client, frontend, '*:production.guess'] };
    expect((await call('/edge/validate', { body: asked })).json()).toMatchObject({
      tokens: [{ token: client, type: 'client', status: 'Validated' }],
    });
    expect(gitlab.requests.length).toBe(before);
  });

  test('another Edge can stand in front of it', async () => {
    const parent = await edgeOnGitlab();
    await parent.start();
    const upstream = { ...scriptedUpstream() };
    const send = async ({ method, url: asked, headers, body }: UpstreamRequest): Promise<UpstreamResponse> => {
      const reply = await parent.call(new URL(asked).pathname, { method, headers: lowerCase(headers), body });
      return { status: reply.status, body: Buffer.from(reply.text), header: (name) => reply.headers[name] };
    };
    const child = await edgeInMemory(['--strict', '--tokens', client], { ...upstream, send });
    await child.start();
    const answer = (await child.call('/api/client/features', { token: client })).json() as { features: object[] };
    expect(answer.features).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  });

  test('the limit on requests is respected: no question before the time that GitLab names', async () => {
    const { call, start, gitlab, timers } = await edgeOnGitlab();
    await start();
    gitlab.limited = true;
    await timers.advance(16_000);
    const before = gitlab.requests.length;
    expect(before).toBe(2);
    await timers.advance(58_000);
    expect(gitlab.requests.length).toBe(before);
    expect(names((await call('/api/frontend', { token: frontend })).json())).toEqual(['a', 'b']);
    gitlab.limited = false;
    gitlab.flags.set('production', [gitlabFlag('c')]);
    await timers.advance(3_000);
    expect(gitlab.requests.length).toBe(before + 1);
    await eventually('the change', async () => {
      return names((await call('/api/frontend', { token: frontend })).json()).join() === 'c';
    });
  });

  test('a wrong instance id is named; flags of an earlier run are served, and asking goes on slowly', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'halyard-gitlab-'));
    try {
      const first = await edgeOnGitlab(undefined, { folder });
      await first.start();
      await first.stop(1_000);
      const args = ['--tokens', client, '--pretrusted-tokens', frontend];
      const gitlab = scriptedGitlab();
      const upstream = { ...scriptedUpstream(), send: sendTo(gitlab) };
      const store = createFolderStore({ folder, limitBytes: 1_000_000 });
      const all = ['--instance-id', 'secret-0-wrong', ...args, '--upstream-url', url];
      const edge = await edgeInMemory(all, upstream, store);
      await edge.start();
      expect(names((await edge.call('/api/frontend', { token: frontend })).json())).toEqual(['a', 'b']);
      expect((await edge.call('/api/client/features', { token: client })).status).toBe(200);
      await edge.timers.advance(100_000);
      expect(gitlab.requests.length).toBe(1);
      await edge.timers.advance(100_000);
      expect(gitlab.requests.length).toBe(2);
      const log = edge.lines.join('\n');
      expect(log).toContain('upstream says 401, so the instance id or the address is wrong. Flags stay as they are');
      expect(log).not.toContain('secret-0');
      await edge.stop(1_000);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('the instance id is a secret: no page and no metric shows it', async () => {
    const { call, start, lines } = await edgeOnGitlab();
    await start();
    for (const page of ['metrics', 'tokens', 'instancedata', 'metricsbatch', 'info', 'features']) {
      const { status, text } = await call(`/internal-backstage/${page}`);
      expect([page, status]).toEqual([page, 200]);
      expect(text).not.toContain('secret-0');
    }
    expect(lines.join('\n')).not.toContain('secret-0');
  });

  test('an address that does not look like GitLab needs the option', async () => {
    const { call, start, gitlab } = await edgeOnGitlab(
      ['--upstream-profile', 'gitlab', '--tokens', client, '--pretrusted-tokens', frontend],
      { address: `http://flags.internal${gitlabPath}/` },
    );
    await start();
    expect(gitlab.requests[0]?.path).toBe(`${gitlabPath}/client/features`);
    expect((await call('/api/frontend', { token: frontend })).status).toBe(200);
  });

  test.each([
    [['--tokens', client], /GitLab needs its Instance ID: set --instance-id/, []],
    [[], /tokens are yours to choose/, ['--instance-id', 'x']],
    [['--tokens', 'opaque'], /1 of the --tokens cannot be used with GitLab/, ['--instance-id', 'x']],
    [['--tokens', client, '--strict', '--delta'], /nothing for --delta/, ['--instance-id', 'x']],
    [['--tokens', client, '--strict', '--streaming'], /nothing for --streaming/, ['--instance-id', 'x']],
  ])('settings that cannot work are refused: %j', async (args, message, more) => {
    await expect(edgeInMemory([...args, ...more, '--upstream-url', url])).rejects.toThrow(message);
  });
});

describe.each(halyards())('GitLab over sockets: %s', (subject) => {
  test('edge mode from variables alone', async () => {
    const gitlab = await startGitlab();
    withFlags(gitlab);
    const env = {
      UPSTREAM_URL: gitlab.url,
      INSTANCE_ID: gitlabInstanceId,
      TOKENS: client,
      PRETRUSTED_TOKENS: frontend,
      FEATURES_REFRESH_INTERVAL_SECONDS: '1',
    };
    const server = await startServer(subject, { env, waitFor: 'nothing' });
    try {
      const asked = async () => {
        const { status, text } = await server.get('/api/frontend', { authorization: frontend });
        return status === 200 && names(JSON.parse(text)).join();
      };
      await eventually('flags of GitLab', async () => (await asked().catch(() => '')) === 'a,b');
      gitlab.flags.set('production', [gitlabFlag('changed')]);
      await eventually('the change', async () => (await asked()) === 'changed');
      gitlab.limited = true;
      const before = gitlab.requests.length;
      await eventually('a refusal', () => gitlab.requests.length > before);
      expect(await asked()).toBe('changed');
    } finally {
      const { code } = await server.stop();
      await gitlab.close();
      expect(server.stdout() + server.stderr()).not.toContain('secret-0');
      expect(code, server.stdout() + server.stderr()).toBe(0);
    }
    expect(new Set(gitlab.requests.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set([`GET ${gitlabPath}/client/features`]),
    );
  });

  test('proxy mode: no token is needed, and nothing but flags is asked for', async () => {
    const gitlab = await startGitlab();
    withFlags(gitlab);
    const env = {
      UNLEASH_URL: gitlab.url,
      UNLEASH_INSTANCE_ID: gitlabInstanceId,
      UNLEASH_APP_NAME: 'production',
      UNLEASH_PROXY_CLIENT_KEYS: 'secret-0-key',
      UNLEASH_FETCH_INTERVAL: '200',
      UNLEASH_METRICS_INTERVAL: '200',
    };
    const server = await startServer(subject, { env });
    const key = { authorization: 'secret-0-key' };
    try {
      expect(names(JSON.parse((await server.get('/proxy', key)).text)).sort()).toEqual(['a', 'b']);
      const bucket = {
        start: new Date().toISOString(),
        stop: new Date().toISOString(),
        toggles: { a: { yes: 1, no: 0 } },
      };
      const reported = await server.postJson('/proxy/client/metrics', { appName: 'web', instanceId: 'i', bucket }, key);
      expect(reported.status).toBe(200);
      const before = gitlab.requests.length;
      await eventually('more polls', () => gitlab.requests.length > before + 3);
    } finally {
      const { code } = await server.stop();
      await gitlab.close();
      expect(server.stdout() + server.stderr()).not.toContain('secret-0');
      expect(code).toBe(0);
    }
    for (const { method, path, headers } of gitlab.requests) {
      expect([method, path]).toEqual(['GET', `${gitlabPath}/client/features`]);
      expect(headers).toMatchObject({ 'unleash-instanceid': gitlabInstanceId, 'unleash-appname': 'production' });
      expect(headers).not.toHaveProperty('authorization');
    }
  });

  test('proxy mode says what to look at when GitLab refuses', async () => {
    const gitlab = await startGitlab();
    const env = { UNLEASH_URL: gitlab.url, UNLEASH_PROXY_CLIENT_KEYS: 'secret-0-key' };
    const server = await startServer(subject, { env, waitFor: 'listening' });
    try {
      await eventually('the log', () =>
        server.stdout().includes('Check UNLEASH_INSTANCE_ID, and the project in UNLEASH_URL'),
      );
      expect(server.stdout()).toContain('none is given. Set UNLEASH_INSTANCE_ID');
      expect(server.stdout()).toContain('none is given. Set UNLEASH_APP_NAME');
    } finally {
      await server.stop();
      await gitlab.close();
    }
  });
});
