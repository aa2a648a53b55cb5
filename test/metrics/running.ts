/** Halyard in each of its modes, over a scripted upstream, as programs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flag } from '../edge/harness.ts';
import { startUpstreamWith } from '../edge/socket-upstream.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, startFlagsmith } from '../flagsmith/support/halyard.ts';
import { key, withProxy } from '../support/proxy.ts';
import { type Server, startServer } from '../support/server.ts';
import type { Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

export const modes = ['proxy', 'edge', 'offline', 'flagsmith'] as const;
export type Mode = (typeof modes)[number];

/** Where each mode shows its metrics. */
export const pages: Readonly<Record<Mode, string>> = {
  proxy: '/proxy/internal-backstage/prometheus',
  edge: '/internal-backstage/metrics',
  offline: '/internal-backstage/metrics',
  flagsmith: '/proxy/metrics',
};

const client = '*:development.client-secret-0001';
const frontend = '*:development.frontend-secret-02';

/** Who may ask for evaluations in each mode, in the headers that OpenFeature clients send. */
export const bearers: Readonly<Record<Mode, Readonly<Record<string, string>>>> = {
  proxy: key,
  edge: { authorization: frontend },
  offline: { authorization: frontend },
  flagsmith: { 'x-environment-key': 'client1' },
};
const document = { version: 2, features: [flag('a'), flag('b')] };

/** Runs a mode until definitions are held and one request was answered. */
export async function withMode(
  mode: Mode,
  subject: Subject,
  env: Readonly<Record<string, string>>,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const settled = async (server: Server) => {
    await eventually('definitions', async () => /^halyard_environments 1$/m.test(await pageOf(server, mode)));
    await use(server);
  };
  if (mode === 'proxy') return withProxy(subject, { env }, ({ server }) => settled(server));
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const server = await start(mode, subject, env, closing);
    closing.push(() => server.stop());
    await settled(server);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** The metrics of a server; empty while it does not answer. */
export async function pageOf(server: Server, mode: Mode): Promise<string> {
  return server.get(pages[mode]).then(
    ({ text }) => text,
    () => '',
  );
}

async function start(
  mode: Exclude<Mode, 'proxy'>,
  subject: Subject,
  env: Readonly<Record<string, string>>,
  closing: (() => Promise<unknown>)[],
): Promise<Server> {
  if (mode === 'flagsmith') {
    const core = await CoreApi.start();
    closing.push(() => core.close());
    core.documents.set('ser.one', e2eDocument());
    return startFlagsmith(subject, core, { ...keyPairs(['ser.one', 'client1']), ...env }, { waitFor: 'nothing' });
  }
  if (mode === 'edge') {
    const upstream = await startUpstreamWith(document, client, frontend);
    closing.push(() => upstream.close());
    const own = {
      UPSTREAM_URL: upstream.origin,
      TOKENS: client,
      STRICT: 'true',
      UNLEASH_PROXY_CLIENT_KEYS: 'proxy-key',
    };
    return startServer(subject, { args: ['edge'], env: { ...own, ...env }, waitFor: 'nothing' });
  }
  const folder = await mkdtemp(join(tmpdir(), 'halyard-metrics-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'flags.json');
  await writeFile(file, JSON.stringify(document));
  const own = {
    BOOTSTRAP_FILE: file,
    CLIENT_TOKENS: client,
    FRONTEND_TOKENS: frontend,
    UNLEASH_PROXY_CLIENT_KEYS: 'proxy-key',
  };
  return startServer(subject, { args: ['offline'], env: { ...own, ...env }, waitFor: 'nothing' });
}
