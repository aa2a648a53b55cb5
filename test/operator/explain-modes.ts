/** Modes that can be asked to explain, with what each needs around it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSocketUpstream } from '../edge/socket-upstream.ts';
import type { RawResponse } from '../support/http.ts';
import { type Server, type StartOptions, startServer } from '../support/server.ts';
import { eventually } from '../support/wait.ts';

export const operator = 'operator-token-for-tests';
export const access = { HALYARD_OPERATOR_TOKEN: operator };
export const bearer = { authorization: `Bearer ${operator}` };
export const clientToken = '*:development.client-secret-0001';

export const checkout = {
  name: 'checkout',
  project: 'web',
  enabled: true,
  strategies: [
    {
      name: 'flexibleRollout',
      parameters: { rollout: '50', stickiness: 'userId', groupId: 'checkout' },
      constraints: [{ contextName: 'country', operator: 'IN', values: ['NO', 'SE'] }],
    },
  ],
  variants: [],
};
export const document = { version: 2, features: [checkout, { ...checkout, name: 'a/b', enabled: false }] };
export const flagsmithDocument = {
  api_key: 'client1',
  name: 'Production',
  updated_at: '2026-03-01T12:00:00.000000+00:00',
  project: {
    hide_disabled_flags: false,
    segments: [
      {
        id: 1,
        name: 'pros',
        rules: [{ type: 'ALL', conditions: [{ property_: 'plan', operator: 'EQUAL', value: 'pro' }], rules: [] }],
        feature_states: [
          {
            feature: { id: 1, name: 'banner', type: 'STANDARD' },
            enabled: true,
            feature_state_value: 'for pros',
            django_id: 2,
            feature_segment: { priority: 1 },
          },
        ],
      },
    ],
  },
  feature_states: [
    {
      feature: { id: 1, name: 'banner', type: 'STANDARD' },
      enabled: true,
      feature_state_value: 'for all',
      django_id: 1,
    },
  ],
  identity_overrides: [],
};

/** A running mode. */
export interface Started {
  readonly server: Server;
  stop(): Promise<void>;
}

/** How a mode is started and asked. */
export interface Mode {
  readonly name: string;
  readonly start: (subject: Parameters<typeof startServer>[0]) => Promise<Started>;
  readonly base?: string;
  readonly environment: string;
  readonly evaluation: string;
  /** An answer of the mode's own API for a user of a country: whether `checkout` is on. */
  readonly served?: (server: Server, userId: string, country: string) => Promise<boolean>;
  readonly otherOrigin: string;
}

async function both(first: Promise<unknown>, then: () => Promise<unknown>): Promise<void> {
  await first;
  await then();
}

/** Starts Halyard without waiting for anything but the process. */
export async function start(subject: Parameters<typeof startServer>[0], options: StartOptions): Promise<Server> {
  return startServer(subject, { waitFor: 'nothing', startTimeoutMs: 60_000, ...options });
}

const on = (reply: RawResponse): boolean =>
  (JSON.parse(reply.text) as { toggles: { name: string }[] }).toggles.some(({ name }) => name === 'checkout');

export const unleashModes: readonly Mode[] = [
  {
    name: 'Unleash Proxy, below a base path',
    base: '/base',
    environment: 'default',
    evaluation: 'unleash-node',
    otherOrigin: 'upstream',
    async start(subject) {
      const upstream = await startSocketUpstream();
      upstream.features.set('token', document);
      const env = {
        UNLEASH_URL: `${upstream.origin}/api`,
        UNLEASH_API_TOKEN: 'token',
        UNLEASH_PROXY_CLIENT_KEYS: 'client-key-of-tests',
        PROXY_BASE_PATH: 'base',
        ...access,
      };
      const server = await start(subject, { env, basePath: '/base', waitFor: 'ready' });
      return { server, stop: () => both(server.stop(), () => upstream.close()) };
    },
    served: async (server, userId, country) =>
      on(await server.get(`/base/proxy?userId=${userId}&country=${country}`, { authorization: 'client-key-of-tests' })),
  },
  {
    name: 'Unleash Edge',
    environment: 'development',
    evaluation: 'yggdrasil',
    otherOrigin: 'upstream',
    async start(subject) {
      const upstream = await startSocketUpstream();
      upstream.tokens.set(clientToken, { type: 'client', environment: 'development', projects: ['*'] });
      upstream.tokens.set('web:development.frontend-secret', {
        type: 'frontend',
        environment: 'development',
        projects: ['web'],
      });
      upstream.tokens.set('ops:development.frontend-secret', {
        type: 'frontend',
        environment: 'development',
        projects: ['ops'],
      });
      upstream.features.set(clientToken, document);
      const args = ['edge', '--strict', '--upstream-url', upstream.origin, '--tokens', clientToken];
      const server = await start(subject, { args: ['--operator-token', operator, ...args] });
      await eventually('definitions', async () => {
        const reply = await server.get('/api/client/features', { authorization: clientToken }).catch(() => undefined);
        return reply?.status === 200;
      });
      return { server, stop: () => both(server.stop(), () => upstream.close()) };
    },
    served: async (server, userId, country) =>
      on(
        await server.get(`/api/frontend?userId=${userId}&properties[country]=${country}`, {
          authorization: 'web:development.frontend-secret',
        }),
      ),
  },
  {
    name: 'offline',
    environment: 'development',
    evaluation: 'yggdrasil',
    otherOrigin: 'file',
    async start(subject) {
      const folder = await mkdtemp(join(tmpdir(), 'halyard-explain-'));
      await writeFile(join(folder, 'flags.json'), JSON.stringify(document));
      const args = ['offline', '--bootstrap-file', join(folder, 'flags.json'), '--client-tokens', clientToken];
      const all = [...args, '--frontend-tokens', '*:development.frontend'];
      const server = await start(subject, { args: all, env: access });
      await eventually('offline to listen', () => server.stdout().includes('is listening'));
      return { server, stop: () => both(server.stop(), () => rm(folder, { recursive: true })) };
    },
    served: async (server, userId, country) =>
      on(
        await server.postJson(
          '/api/frontend',
          { context: { userId, properties: { country } } },
          { authorization: '*:development.frontend' },
        ),
      ),
  },
];
