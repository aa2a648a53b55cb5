import { hostname, userInfo } from 'node:os';
import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import type { CorsOptions } from '../http/cors.ts';
import { type LogLevelName, logLevels } from '../operations/level-logger.ts';
import { SimpleLogger } from '../operations/simple-logger.ts';
import type { BootstrapOptions, IProxyConfig, IProxyOption } from '../unleash/proxy/config-types.ts';
import { upstreamProfile } from '../unleash/upstream/profile.ts';
import { readFleetSettings } from './fleet-options.ts';
import { readOfrepOptions } from './ofrep-options.ts';
import { type Environment, type Option, resolve, type Warn, warning } from './option.ts';
import { proxyOptions } from './proxy-options.ts';
import { MissingSettingError } from './setting-error.ts';

/**
 * Resolves options and environment into a complete configuration. Values given in code win over variables, also when
 * they are `false` or 0.
 *
 * Source: Unleash Proxy specification 5; 9.2, 26.
 *
 * @throws MissingSettingError when the URL, the token or the keys are missing, in this order; OperatorSettingError; SettingError
 */
export function createProxyConfig(option: IProxyOption = {}, environment: Environment = process.env): IProxyConfig {
  const warnings: string[] = [];
  const warn: Warn = (problem, instead) => warnings.push(warning(problem, instead));
  const get = <Value>(name: Option<Value>, given?: Value | null): Value | undefined =>
    resolve(name, given, environment, warn);
  const must = <Value>(name: Option<Value>, given?: Value | null): Value => get(name, given) as Value;

  const logger =
    option.logger ??
    createLogger(
      must(proxyOptions.logLevel, option.logLevel),
      must(proxyOptions.useJsonLogger, option.useJsonLogger),
      warn,
    );
  const unleashUrl = required('unleashUrl', 'UNLEASH_URL', get(proxyOptions.unleashUrl, option.unleashUrl));
  const profile = upstreamProfile(must(proxyOptions.upstreamProfile), unleashUrl);
  const isGitlab = profile === 'gitlab';
  const givenToken = get(proxyOptions.unleashApiToken, option.unleashApiToken);
  const unleashApiToken = required('unleashApiToken', 'UNLEASH_API_TOKEN', isGitlab ? (givenToken ?? '') : givenToken);
  const clientKeys = required('clientKeys', 'UNLEASH_PROXY_CLIENT_KEYS', resolveKeys(option, environment));

  const rejectUnauthorized = get(proxyOptions.rejectUnauthorized, option.httpOptions?.rejectUnauthorized);
  const httpOptions = { ...option.httpOptions, rejectUnauthorized };
  const tokens = get(proxyOptions.serverSideTokens, option.expServerSideSdkConfig?.tokens);
  const config: IProxyConfig = {
    unleashUrl,
    unleashApiToken,
    upstreamProfile: profile,
    unleashAppName: must(proxyOptions.unleashAppName, option.unleashAppName),
    unleashInstanceId: get(proxyOptions.unleashInstanceId, option.unleashInstanceId) ?? defaultInstanceId(),
    customStrategies: option.customStrategies,
    clientKeys,
    proxyBasePath: sanitizeBasePath(get(proxyOptions.proxyBasePath, option.proxyBasePath)),
    port: listenPort(option.proxyPort, environment),
    host: get(proxyOptions.host),
    http: must(proxyOptions.http),
    refreshInterval: interval(
      'refreshInterval',
      option.refreshInterval,
      isGitlab ? gitlabRefreshInterval : proxyOptions.refreshInterval,
      get,
      warn,
    ),
    metricsInterval: interval('metricsInterval', option.metricsInterval, proxyOptions.metricsInterval, get, warn),
    metricsJitter: interval('metricsJitter', option.metricsJitter, proxyOptions.metricsJitter, get, warn),
    environment: get(proxyOptions.environment, option.environment),
    projectName: get(proxyOptions.projectName, option.projectName),
    namePrefix: get(proxyOptions.namePrefix, option.namePrefix),
    tags: get(proxyOptions.tags, option.tags),
    clientKeysHeaderName: must(proxyOptions.clientKeysHeaderName, option.clientKeysHeaderName),
    trustProxy: trustProxy(must(proxyOptions.trustProxy, option.trustProxy)),
    logger,
    disableMetrics: false,
    expCustomEnrichers: option.expCustomEnrichers,
    enricherTimeoutMs: must(proxyOptions.enricherTimeout),
    storageProvider: option.storageProvider,
    bootstrap:
      option.expBootstrap ?? bootstrapFrom(get(proxyOptions.bootstrapUrl), get(proxyOptions.bootstrapAuthorization)),
    serverSideSdkConfig: tokens && { tokens },
    enableOAS: must(proxyOptions.enableOAS, option.enableOAS),
    enableAllEndpoint: must(proxyOptions.enableAllEndpoint, option.enableAllEndpoint),
    enablePrometheus: must(proxyOptions.enablePrometheus),
    cors: option.cors ?? corsFrom(must),
    ...(option.httpOptions !== undefined || environment.HTTP_OPTIONS_REJECT_UNAUTHORIZED ? { httpOptions } : {}),
    preHook: option.preHook,
    clientMode: option.clientMode ?? 'singleton',
    upstreamTimeoutMs: must(proxyOptions.upstreamTimeout),
    upstreamLimitBytes: must(proxyOptions.upstreamLimit),
    bodyLimitBytes: must(proxyOptions.bodyLimit),
    replyCacheBytes: must(proxyOptions.replyCacheLimit),
    usageLimits: {
      toggles: must(proxyOptions.usageTogglesLimit),
      variantsPerToggle: must(proxyOptions.usageVariantsLimit),
      nameLength: must(proxyOptions.usageNameLimit),
    },
    metricsFlagLimit: must(proxyOptions.metricsFlagLimit),
    shutdownTimeoutMs: must(proxyOptions.shutdownTimeout),
    operator: { tokens: must(proxyOptions.operatorTokens), access: must(proxyOptions.operatorAccess) },
    openFeature: readOfrepOptions(environment, warn),
    fleet: readFleetSettings(environment),
  };
  if (typeof config.cors === 'object' && config.cors.credentials && (config.cors.origin ?? '*') === '*') {
    warn('CORS_CREDENTIALS is on, but browsers refuse credentials for the origin "*". Set CORS_ORIGIN');
  }
  if (config.refreshInterval === 0) {
    warn('UNLEASH_FETCH_INTERVAL (refreshInterval) is 0: definitions are fetched once, at the start, and never again');
  }
  if (isGitlab && option.unleashInstanceId === undefined && !environment.UNLEASH_INSTANCE_ID) {
    warn('GitLab authenticates by the Instance ID that it shows, and none is given. Set UNLEASH_INSTANCE_ID');
  }
  if (isGitlab && option.unleashAppName === undefined && !environment.UNLEASH_APP_NAME) {
    warn('GitLab takes the application name for the environment, and none is given. Set UNLEASH_APP_NAME');
  }
  for (const message of warnings) tell(logger, logEvents.settingQuestionable, message);
  return config;
}

/** GitLab counts requests by address, and many clients may share one. SDKs that ask it directly wait as long. */
const gitlabRefreshInterval: Option<number> = { ...proxyOptions.refreshInterval, fallback: 15_000 };

/** `/base` for `base/`, `/base` and ` base `; empty for nothing and blanks. */
export function sanitizeBasePath(path: string | undefined): string {
  const trimmed = (path ?? '').trim().replace(/\/$/, '');
  if (trimmed === '') return '';
  return trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
}

function required<Value>(name: string, variable: string, value: Value | undefined): Value {
  if (value === undefined) throw new MissingSettingError(`You must specify the ${name} option (${variable})`);
  return value;
}

/** Keys given in code under either name come before those of the environment, newer names before older ones. */
function resolveKeys(option: IProxyOption, environment: Environment): readonly string[] | undefined {
  const [current, older] = proxyOptions.clientKeys.environment.map((name) => environment[name] || undefined);
  const keys =
    option.clientKeys ??
    (current === undefined ? undefined : splitKeys(current)) ??
    option.proxySecrets ??
    (older === undefined ? undefined : splitKeys(older));
  // A single text instead of a list would otherwise let parts of it pass (specification 9.2, 16).
  return typeof keys === 'string' ? [keys] : keys;
}

function splitKeys(value: string): readonly string[] | undefined {
  return proxyOptions.clientKeys.parse(value, '', () => {});
}

function createLogger(level: string, asJson: boolean, warn: Warn): SimpleLogger {
  const wanted = level.toLowerCase() as LogLevelName;
  if (logLevels.includes(wanted)) return new SimpleLogger(wanted, asJson);
  warn(`LOG_LEVEL "${level}" is none of ${logLevels.join(', ')}`, 'Using warn');
  return new SimpleLogger('warn', asJson);
}

function interval(
  name: string,
  given: number | undefined,
  option: Option<number>,
  get: <Value>(option: Option<Value>, given?: Value | null) => Value | undefined,
  warn: Warn,
): number {
  const value = get(option, given) as number;
  if (typeof value === 'number' && value >= 0) return Math.min(value, 2 ** 31 - 1);
  warn(`${name} is no usable number`, `Using ${option.fallback}`);
  return option.fallback as number;
}

/** Texts that are a boolean or a number of hops are taken as such, also from code (specification 9.2, 14). */
function trustProxy(value: boolean | number | string): boolean | number | string {
  return typeof value === 'string' ? (proxyOptions.trustProxy.parse(value, '', () => {}) ?? false) : value;
}

function listenPort(given: number | string | undefined, environment: Environment): number | string {
  const fromEnvironment = proxyOptions.port.environment.map((name) => environment[name]).find(Boolean);
  const port = fromEnvironment ?? given ?? (proxyOptions.port.fallback as string);
  const number = Number(port);
  return Number.isNaN(number) ? port : number;
}

function bootstrapFrom(url: string | undefined, authorization: string | undefined): BootstrapOptions | undefined {
  if (url === undefined) return undefined;
  return { url, ...(authorization === undefined ? {} : { urlHeaders: { Authorization: authorization } }) };
}

function corsFrom(must: <Value>(option: Option<Value>) => Value): CorsOptions {
  return {
    origin: must(proxyOptions.corsOrigin),
    methods: must(proxyOptions.corsMethods),
    allowedHeaders: must(proxyOptions.corsAllowedHeaders),
    exposedHeaders: must(proxyOptions.corsExposedHeaders),
    credentials: must(proxyOptions.corsCredentials),
    maxAge: must(proxyOptions.corsMaxAge),
    preflightContinue: must(proxyOptions.corsPreflightContinue),
    optionsSuccessStatus: must(proxyOptions.corsOptionsSuccessStatus),
  };
}

function defaultInstanceId(): string {
  try {
    return `${userInfo().username}-${hostname()}`;
  } catch {
    // Containers may run under a user id that has no entry.
    return `generated-${Math.round(Math.random() * 1_000_000)}-${process.pid}-${hostname()}`;
  }
}
