import type { FleetSettings } from '../../flags/fleet-settings.ts';
import type { Logger } from '../../flags/logger.ts';
import type { OpenFeatureOptions } from '../../flags/openfeature.ts';
import type { CorsOptions, CorsOptionsFunction } from '../../http/cors.ts';
import type { HttpImplementation } from '../../http/hosts/types.ts';
import type { OperatorSettings } from '../../http/operator/settings.ts';
import type { UpstreamProfile } from '../upstream/profile.ts';
import type { UsageLimits } from '../usage/usage.ts';
import type { ContextEnricher } from './enrichers.ts';

/** A strategy from outside: an instance of a subclass of `unleash-client`'s `Strategy`, or any object of this shape. */
export interface CustomStrategyObject {
  readonly name: string;
  isEnabled(parameters: Readonly<Record<string, unknown>>, context: unknown): unknown;
}

/** Keeps definitions between runs. The key is the application name. */
export interface StorageProvider {
  get(key: string): Promise<unknown>;
  set(key: string, data: unknown): Promise<unknown>;
}

/** Definitions to start with: given, fetched, or read from a file. */
export interface BootstrapOptions {
  data?: readonly unknown[] | undefined;
  segments?: readonly unknown[] | undefined;
  url?: string | undefined;
  urlHeaders?: Readonly<Record<string, string>> | undefined;
  filePath?: string | undefined;
  bootstrapProvider?: { readBootstrap(): Promise<unknown> } | undefined;
}

/** Settings of the outgoing HTTP client. */
export interface HttpOptions {
  /** Chooses a Node agent per URL. */
  agent?: ((url: URL) => unknown) | undefined;
  rejectUnauthorized?: boolean | undefined;
}

/**
 * Options in code, under the names of the original. What is not given comes from the environment.
 *
 * Source: Unleash Proxy specification 5 and 7.
 */
export interface IProxyOption {
  unleashUrl?: string;
  unleashApiToken?: string;
  unleashAppName?: string;
  unleashInstanceId?: string;
  customStrategies?: readonly CustomStrategyObject[];
  /** Older name of `clientKeys`. */
  proxySecrets?: readonly string[];
  clientKeys?: readonly string[];
  proxyPort?: number | string;
  proxyBasePath?: string;
  refreshInterval?: number;
  metricsInterval?: number;
  metricsJitter?: number;
  environment?: string;
  projectName?: string;
  namePrefix?: string;
  tags?: readonly { readonly name: string; readonly value: string }[];
  clientKeysHeaderName?: string;
  trustProxy?: boolean | string | number;
  logger?: Logger;
  logLevel?: string;
  useJsonLogger?: boolean;
  expCustomEnrichers?: readonly ContextEnricher[];
  storageProvider?: StorageProvider;
  expBootstrap?: BootstrapOptions;
  expServerSideSdkConfig?: ServerSideSdkConfig;
  enableOAS?: boolean;
  enableAllEndpoint?: boolean;
  cors?: CorsOptions | CorsOptionsFunction;
  httpOptions?: HttpOptions;
  /** Runs before anything is attached to the Express application. */
  preHook?: (app: unknown) => void;
  /** Accepted and without effect: every application has a client of its own. */
  clientMode?: 'singleton' | 'new';
}

/** Who may fetch definitions. */
export interface ServerSideSdkConfig {
  tokens: readonly string[];
}

/** Every setting with its final value. */
export interface IProxyConfig {
  readonly unleashUrl: string;
  /** Empty where upstream wants none, as GitLab does. */
  readonly unleashApiToken: string;
  readonly upstreamProfile: UpstreamProfile;
  readonly unleashAppName: string;
  readonly unleashInstanceId: string;
  readonly customStrategies: readonly CustomStrategyObject[] | undefined;
  readonly clientKeys: readonly string[];
  readonly proxyBasePath: string;
  readonly port: number | string;
  readonly host: string | undefined;
  readonly http?: HttpImplementation | undefined;
  readonly refreshInterval: number;
  readonly metricsInterval: number;
  readonly metricsJitter: number;
  readonly environment: string | undefined;
  readonly projectName: string | undefined;
  readonly namePrefix: string | undefined;
  readonly tags: readonly { readonly name: string; readonly value: string }[] | undefined;
  readonly clientKeysHeaderName: string;
  readonly trustProxy: boolean | string | number;
  readonly logger: Logger;
  readonly disableMetrics: boolean;
  readonly expCustomEnrichers: readonly unknown[] | undefined;
  readonly enricherTimeoutMs: number;
  readonly storageProvider: StorageProvider | undefined;
  readonly bootstrap: BootstrapOptions | undefined;
  readonly serverSideSdkConfig: ServerSideSdkConfig | undefined;
  readonly enableOAS: boolean;
  readonly enableAllEndpoint: boolean;
  readonly enablePrometheus: boolean;
  readonly cors: CorsOptions | CorsOptionsFunction;
  readonly httpOptions?: HttpOptions | undefined;
  readonly preHook: ((app: unknown) => void) | undefined;
  readonly clientMode: 'singleton' | 'new';
  readonly upstreamTimeoutMs: number;
  readonly upstreamLimitBytes: number;
  readonly bodyLimitBytes: number;
  readonly replyCacheBytes: number;
  readonly usageLimits: UsageLimits;
  /** Most flags, and most variants, with series of their own in the usage metrics. */
  readonly metricsFlagLimit: number;
  readonly shutdownTimeoutMs: number;
  /** Who may use explanations and the status page. */
  readonly operator: OperatorSettings;
  readonly openFeature: OpenFeatureOptions;
  /** The fleet that asks upstream as one; undefined without one. */
  readonly fleet?: FleetSettings | undefined;
}
