/** The published SDKs, from the component folder; typed as far as the tests use them. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { componentDir } from '../../../scripts/lib/components.mjs';
import type { Payload } from './admin.ts';

export interface SdkContext {
  readonly userId?: string;
  readonly sessionId?: string;
  readonly remoteAddress?: string;
  readonly currentTime?: string;
  readonly properties?: Readonly<Record<string, string>>;
}

export interface SdkVariant {
  readonly name: string;
  readonly enabled: boolean;
  readonly feature_enabled?: boolean;
  readonly featureEnabled?: boolean;
  readonly payload?: Payload;
}

export interface SdkToggle {
  readonly name: string;
  readonly enabled: boolean;
  readonly variant: SdkVariant;
  readonly impressionData?: boolean;
}

/** `unleash-proxy-client`. Intervals are in seconds. */
export interface FrontendSdk {
  start(): Promise<void>;
  stop(): void;
  isReady(): boolean;
  getError(): unknown;
  isEnabled(name: string): boolean;
  getVariant(name: string): SdkVariant;
  getAllToggles(): readonly SdkToggle[];
  updateContext(context: SdkContext): Promise<void>;
  sendMetrics(): Promise<void>;
  on(event: string, listener: (argument?: unknown) => void): this;
}

interface FrontendSdkModule {
  readonly UnleashClient: new (config: {
    url: string;
    clientKey: string;
    appName: string;
    refreshInterval: number;
    metricsInterval: number;
    context: SdkContext;
    storageProvider: unknown;
    fetch: typeof fetchWhole;
    usePOSTrequests?: boolean;
  }) => FrontendSdk;
  readonly InMemoryStorageProvider: new () => unknown;
}

/** `unleash-client` for servers. Intervals are in milliseconds. */
export interface ServerSdk {
  isSynchronized(): boolean;
  isEnabled(name: string, context: SdkContext): boolean;
  getVariant(name: string, context: SdkContext): SdkVariant;
  flushMetrics(): Promise<void>;
  destroy(): void;
  on(event: string, listener: (argument?: unknown) => void): this;
}

interface ServerSdkModule {
  readonly Unleash: new (config: {
    url: string;
    appName: string;
    instanceId: string;
    refreshInterval: number;
    metricsInterval: number;
    customHeaders: Readonly<Record<string, string>>;
    backupPath: string;
    skipInstanceCountWarning: boolean;
  }) => ServerSdk;
}

/** Folder of the clients' `node_modules`. */
export function clientModules(): string {
  const dir = componentDir('unleash-clients');
  if (!dir) throw new Error('the component unleash-clients is not installed');
  return join(dir, 'node_modules');
}

/** Loads a package of the clients component; the caller says what it looks like. */
export function loadClientPackage<T>(name: string): T {
  return createRequire(join(clientModules(), 'none.cjs'))(name) as T;
}

export interface FrontendOptions {
  readonly url: string;
  readonly clientKey: string;
  readonly context: SdkContext;
  readonly usePost?: boolean;
}

/**
 * Fetches as ever, but answers with a whole body. The SDK remembers an answer's entity tag before it reads the body, and
 * its next refresh aborts that reading: it would be told 304 for flags that it never kept, until they change again.
 */
async function fetchWhole(url: string, init: RequestInit) {
  const reply = await fetch(url, init);
  const { ok, status, headers } = reply;
  const text = await reply.text();
  return { ok, status, headers, json: async () => JSON.parse(text) as unknown };
}

/** A started `unleash-proxy-client`; rejects when the first fetch fails. */
export async function startFrontendSdk(options: FrontendOptions): Promise<FrontendSdk> {
  const { UnleashClient, InMemoryStorageProvider } = loadClientPackage<FrontendSdkModule>('unleash-proxy-client');
  const sdk = new UnleashClient({
    url: options.url,
    clientKey: options.clientKey,
    appName: 'shop-frontend',
    refreshInterval: 0.25,
    metricsInterval: 3600,
    context: options.context,
    storageProvider: new InMemoryStorageProvider(),
    fetch: fetchWhole,
    ...(options.usePost ? { usePOSTrequests: true } : {}),
  });
  let failure: unknown;
  sdk.on('error', (error) => {
    failure = error;
  });
  await sdk.start();
  if (failure !== undefined || sdk.getError()) {
    sdk.stop();
    throw new Error('unleash-proxy-client reported an error', { cause: failure ?? sdk.getError() });
  }
  return sdk;
}

export interface ServerOptions {
  readonly url: string;
  readonly token: string;
  readonly backupPath: string;
}

/** A synchronised `unleash-client`; rejects after a minute, or when an error comes first. */
export function startServerSdk(options: ServerOptions): Promise<ServerSdk> {
  const { Unleash } = loadClientPackage<ServerSdkModule>('unleash-client');
  const sdk = new Unleash({
    url: options.url,
    appName: 'shop-backend',
    instanceId: 'shop-backend-1',
    refreshInterval: 250,
    metricsInterval: 3_600_000,
    customHeaders: { Authorization: options.token },
    backupPath: options.backupPath,
    skipInstanceCountWarning: true,
  });
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      clearTimeout(timer);
      sdk.destroy();
      reject(new Error('unleash-client reported an error', { cause: error }));
    };
    const timer = setTimeout(() => fail('no synchronisation within a minute'), 60_000);
    let started = false;
    sdk.on('error', (error) => {
      // Once it runs, it asks again by itself.
      if (!started) fail(error);
    });
    sdk.on('synchronized', () => {
      started = true;
      clearTimeout(timer);
      resolve(sdk);
    });
  });
}
