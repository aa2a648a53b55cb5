/** Halyard in every mode, as a program over upstreams that tests play, with the same flags behind each. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoKey } from '../../../src/cli/demo-text.ts';
import { startSocketUpstream } from '../../edge/socket-upstream.ts';
import { CoreApi } from '../../flagsmith/support/core-api.ts';
import { keyPairs, listensOn } from '../../flagsmith/support/halyard.ts';
import { freePort } from '../../support/ports.ts';
import { type Server, type StartOptions, startServer } from '../../support/server.ts';
import type { Subject } from '../../support/subjects.ts';
import { eventually } from '../../support/wait.ts';
import { copyDemo } from './demo.ts';
import { flagsmithDocument, unleashDocument, unleashDocumentWith } from './flags.ts';

export type System = 'unleash' | 'flagsmith';

/** A credential of a running server. */
export interface Access {
  /** For the name of a test: the mode, and the kind of credential. */
  readonly name: string;
  readonly system: System;
  /** Which of the kinds of credentials it is: those of applications' servers are told more. */
  readonly audience: 'frontend' | 'backend';
  /** Name of the set of flags, as answers tell it. */
  readonly flagSetId: string;
  readonly baseUrl: string;
  readonly token: string;
}

export interface Modes {
  readonly accesses: readonly Access[];
  /** Switches the flag `plain` everywhere: upstream, in bootstrap files, and in the demo's file. */
  switchPlain(isOn: boolean): Promise<void>;
  close(): Promise<void>;
}

const clientToken = '*:development.client-secret-0001';
const frontendToken = '*:development.frontend-secret-02';
const proxyKey = 'proxy-client-key';
const serverSideKey = 'ser.server-side-key';
const clientSideKey = 'client-side-key';

/** A credential before its server runs; `base` is the base path. */
type Listed = Omit<Access, 'baseUrl'> & { readonly base?: string };

const listed = (name: string, token: string, more: Partial<Listed> = {}): Listed => ({
  name,
  token,
  system: 'unleash',
  audience: 'frontend',
  flagSetId: '*:development',
  ...more,
});

/** All servers start at once, which a busy machine needs minutes for. */
const startMs = 180_000;

/** Longest time for all of them, and for browsers beside them, in milliseconds. */
export const modesMs = 420_000;

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
  const demo = await copyDemo(subject, folder, unleashDocument);

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
  const ofFlagsmith = { system: 'flagsmith', flagSetId: 'Production' } as const;
  const base = '/both';
  const started: Server[] = [];
  const start = async (options: StartOptions, ...list: readonly Listed[]): Promise<Access[]> => {
    const { env = {} } = options;
    const port = await freePort();
    const server = await startServer(subject, {
      ...options,
      port,
      env: { ...('API_URL' in env && listensOn(port)), ...env },
      waitFor: 'nothing',
    });
    started.push(server);
    for (const { name, token, base = '' } of list) {
      const path = `${base}/ofrep/v1/evaluate/flags`;
      await eventually(
        `${name} to answer`,
        async () => (await server.postJson(path, {}, { authorization: token })).status === 200,
        startMs,
      );
    }
    return list.map(({ base = '', ...access }) => ({ ...access, baseUrl: `http://127.0.0.1:${server.port}${base}` }));
  };
  const close = async () => {
    await Promise.all(started.map((server) => server.stop()));
    await unleash.close();
    await core.close();
    await rm(folder, { recursive: true });
  };
  try {
    const accesses = await Promise.all([
      start({ env: proxy }, listed('Unleash Proxy', proxyKey)),
      start(
        { env: edge, args: ['edge'] },
        listed('Edge, frontend', frontendToken),
        listed('Edge, client', clientToken, { audience: 'backend' }),
      ),
      start(
        {
          args: [
            ...['offline', '-b', bootstrap, '--reload-interval', '1'],
            ...['--client-tokens', clientToken, '--frontend-tokens', frontendToken],
          ],
        },
        listed('offline', frontendToken),
      ),
      start(
        { env: flagsmith },
        listed('Flagsmith, client side', clientSideKey, ofFlagsmith),
        listed('Flagsmith, server side', serverSideKey, { ...ofFlagsmith, audience: 'backend' }),
      ),
      start(
        { env: { ...proxy, ...flagsmith, PROXY_BASE_PATH: base } },
        listed('both, Unleash', proxyKey, { base, flagSetId: 'unleash:*:development' }),
        listed('both, Flagsmith', clientSideKey, { ...ofFlagsmith, base, flagSetId: 'flagsmith:Production' }),
      ),
      ...(demo ? [start({ command: demo.command }, listed('demo', demoKey, { flagSetId: '*:default' }))] : []),
    ]);
    const switchPlain = async (isOn: boolean) => {
      const document = unleashDocumentWith({ enabled: isOn });
      unleash.features.set(clientToken, document);
      core.change(serverSideKey, (environment) => {
        const [plain] = environment.feature_states as { enabled: boolean }[];
        plain!.enabled = isOn;
      });
      await writeFile(`${bootstrap}.new`, JSON.stringify(document));
      await rename(`${bootstrap}.new`, bootstrap);
      await demo?.write(document);
    };
    return { accesses: accesses.flat(), switchPlain, close };
  } catch (error) {
    // A server that is still starting may not end as it should: what went wrong before is what is thrown.
    await close().catch(() => undefined);
    throw error;
  }
}
