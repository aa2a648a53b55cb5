/** Halyard in every mode, as a program over upstreams that tests play, with the same flags behind each. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SocketUpstream, startSocketUpstream } from '../../edge/socket-upstream.ts';
import { CoreApi } from '../../flagsmith/support/core-api.ts';
import { keyPairs, listensOn } from '../../flagsmith/support/halyard.ts';
import { freePort } from '../../support/ports.ts';
import { type Server, startServer } from '../../support/server.ts';
import type { Subject } from '../../support/subjects.ts';
import { eventually } from '../../support/wait.ts';
import { flagsmithDocument, unleashDocument } from './flags.ts';

export type System = 'unleash' | 'flagsmith';

/** A credential of a running server. */
export interface Access {
  /** For the name of a test: the mode, and the kind of credential. */
  readonly name: string;
  readonly system: System;
  readonly baseUrl: string;
  readonly token: string;
}

export interface Modes {
  readonly accesses: readonly Access[];
  readonly unleash: SocketUpstream;
  readonly core: CoreApi;
  close(): Promise<void>;
}

export const clientToken = '*:development.client-secret-0001';
const frontendToken = '*:development.frontend-secret-02';
const proxyKey = 'proxy-client-key';
const serverSideKey = 'ser.server-side-key';
const clientSideKey = 'client-side-key';

/** Starts one server per mode, and one for two systems; waits until each answers. */
export async function startModes(subject: Subject): Promise<Modes> {
  const unleash = await startSocketUpstream();
  unleash.tokens.set(clientToken, { type: 'client', environment: 'development', projects: ['*'] });
  unleash.tokens.set(frontendToken, { type: 'frontend', environment: 'development', projects: ['*'] });
  unleash.features.set(clientToken, unleashDocument);
  const core = await CoreApi.start();
  core.documents.set(serverSideKey, JSON.stringify(flagsmithDocument));
  const folder = await mkdtemp(join(tmpdir(), 'halyard-clients-'));
  const bootstrap = join(folder, 'flags.json');
  await writeFile(bootstrap, JSON.stringify(unleashDocument));

  const proxy = {
    UNLEASH_URL: `${unleash.origin}/api`,
    UNLEASH_API_TOKEN: clientToken,
    UNLEASH_PROXY_CLIENT_KEYS: proxyKey,
    UNLEASH_FETCH_INTERVAL: '200',
  };
  const flagsmith = {
    ...keyPairs([serverSideKey, clientSideKey]),
    API_URL: core.url,
    API_POLL_FREQUENCY_SECONDS: '1',
    HEALTH_CHECK: '{"environment_update_grace_period_seconds":0}',
  };
  const edge = {
    UPSTREAM_URL: unleash.origin,
    TOKENS: clientToken,
    STRICT: 'true',
    FEATURES_REFRESH_INTERVAL_SECONDS: '1',
  };
  const both = '/both';
  const started: Server[] = [];
  const start = async (
    env: Record<string, string>,
    args: readonly string[],
    ...list: readonly (readonly [name: string, system: System, token: string, basePath?: string])[]
  ): Promise<Access[]> => {
    const port = await freePort();
    const server = await startServer(subject, {
      args,
      port,
      env: { ...('API_URL' in env && listensOn(port)), ...env },
      waitFor: 'nothing',
    });
    started.push(server);
    for (const [name, , token, base = ''] of list) {
      const path = `${base}/ofrep/v1/evaluate/flags`;
      await eventually(
        `${name} to answer`,
        async () => (await server.postJson(path, {}, { authorization: token })).status === 200,
        30_000,
      );
    }
    return list.map(([name, system, token, base = '']) => ({
      name,
      system,
      token,
      baseUrl: `http://127.0.0.1:${server.port}${base}`,
    }));
  };
  const close = async () => {
    await Promise.all(started.map((server) => server.stop()));
    await unleash.close();
    await core.close();
    await rm(folder, { recursive: true });
  };
  try {
    const accesses = await Promise.all([
      start(proxy, [], ['Unleash Proxy', 'unleash', proxyKey]),
      start(edge, ['edge'], ['Edge, frontend', 'unleash', frontendToken], ['Edge, client', 'unleash', clientToken]),
      start(
        {},
        ['offline', '-b', bootstrap, '--client-tokens', clientToken, '--frontend-tokens', frontendToken],
        ['offline', 'unleash', frontendToken],
      ),
      start(
        flagsmith,
        [],
        ['Flagsmith, client side', 'flagsmith', clientSideKey],
        ['Flagsmith, server side', 'flagsmith', serverSideKey],
      ),
      start(
        { ...proxy, ...flagsmith, PROXY_BASE_PATH: both },
        [],
        ['both, Unleash', 'unleash', proxyKey, both],
        ['both, Flagsmith', 'flagsmith', clientSideKey, both],
      ),
    ]);
    return { accesses: accesses.flat(), unleash, core, close };
  } catch (error) {
    await close();
    throw error;
  }
}
