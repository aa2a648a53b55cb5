import { type ProfileChoice, profileChoices } from '../unleash/upstream/profile.ts';
import { fleetOptions } from './fleet-options.ts';
import { httpOptions } from './http-options.ts';
import { metricsFlagLimit } from './metrics-options.ts';
import { ofrepOptions } from './ofrep-options.ts';
import { operatorOptions } from './operator-options.ts';
import { custom, flag, integer, isOffWord, list, splitList, switchedOn, text } from './option.ts';
import { otlpOptions } from './otlp-options.ts';
import { readWorkers } from './workers.ts';

/**
 * Every setting of the Unleash Proxy mode. Names, variables, defaults and parse rules are those of the original
 * (specification 5), with the recommended fixes of section 9.2; settings that only Halyard has start with `HALYARD_`.
 *
 * The configuration reference in `docs/` is generated from this table.
 */
export const proxyOptions = {
  unleashUrl: text({
    environment: ['UNLEASH_URL'],
    description:
      'Base URL of the Unleash API, normally ending in `/api`. GitLab: `…/api/v4/feature_flags/unleash/<project id>`.',
    fallbackText: 'required',
  }),
  unleashApiToken: text({
    environment: ['UNLEASH_API_TOKEN'],
    description: 'Backend (client) token, sent upstream as `Authorization`. GitLab needs none.',
    fallbackText: 'required, except with GitLab',
    secret: true,
  }),
  upstreamProfile: custom<ProfileChoice>(
    '`auto`, `unleash` or `gitlab`',
    {
      environment: ['HALYARD_UPSTREAM_PROFILE'],
      fallback: 'auto',
      description:
        'What upstream is. `auto`: GitLab where the address is one of its feature flags API, else Unleash. See [GitLab](gitlab.md).',
    },
    (value, variable, warn) => {
      const choice = profileChoices.find((known) => known === value.toLowerCase());
      if (choice === undefined) warn(`${variable} "${value}" is none of ${profileChoices.join(', ')}`, 'Using auto');
      return choice;
    },
  ),
  clientKeys: list({
    environment: ['UNLEASH_PROXY_CLIENT_KEYS', 'UNLEASH_PROXY_SECRETS'],
    description: 'Keys that front-end SDKs may present. `UNLEASH_PROXY_SECRETS` is the older name and counts last.',
    fallbackText: 'required',
    secret: true,
  }),
  port: custom(
    'port or socket path',
    {
      environment: ['PORT', 'PROXY_PORT'],
      fallback: '3000',
      description:
        'Where to listen. Text that is no number is a socket path; a file that nobody listens at is replaced.',
    },
    (value) => value,
  ),
  host: text({
    environment: ['HALYARD_HOST'],
    description: 'Address to listen on.',
    fallbackText: 'all interfaces, IPv4 and IPv6',
  }),
  workers: custom(
    'integer or `auto`',
    {
      environment: ['WORKERS'],
      fallback: 1,
      description: 'Processes that serve; `auto` means one per core. For the program only, not as a library.',
    },
    (value, variable) => readWorkers(value, variable),
  ),
  proxyBasePath: text({
    environment: ['PROXY_BASE_PATH'],
    fallback: '',
    description: 'Prefix of `/proxy` and `/docs`.',
  }),
  unleashAppName: text({
    environment: ['UNLEASH_APP_NAME'],
    fallback: 'unleash-proxy',
    description:
      'Application name sent upstream, default `appName` of contexts, and name of the backup. GitLab chooses the environment by it.',
  }),
  unleashInstanceId: text({
    environment: ['UNLEASH_INSTANCE_ID'],
    description: 'Instance id sent upstream. GitLab authenticates by it.',
    fallbackText: '`<user>-<host name>`',
  }),
  refreshInterval: integer({
    environment: ['UNLEASH_FETCH_INTERVAL'],
    fallback: 5_000,
    description: 'Milliseconds between two fetches of definitions. 0 fetches once, at the start.',
    fallbackText: '`5000`, with GitLab `15000`',
  }),
  metricsInterval: integer({
    environment: ['UNLEASH_METRICS_INTERVAL'],
    fallback: 30_000,
    description:
      'Milliseconds between two reports of usage. 0 sends neither usage nor a registration; GitLab gets none anyway.',
  }),
  metricsJitter: integer({
    environment: ['UNLEASH_METRICS_JITTER'],
    fallback: 0,
    description: 'Changes each of these waits by up to this many milliseconds.',
  }),
  environment: text({
    environment: ['UNLEASH_ENVIRONMENT'],
    description:
      'Replaces the `environment` of every context. Never sent upstream: the token decides the environment there.',
    fallbackText: 'what the client says, else `default`',
  }),
  projectName: text({
    environment: ['UNLEASH_PROJECT_NAME'],
    description: 'Asks upstream for the flags of one project.',
  }),
  namePrefix: text({
    environment: ['UNLEASH_NAME_PREFIX'],
    description: 'Asks upstream for flags whose names start so.',
  }),
  tags: custom<readonly { readonly name: string; readonly value: string }[]>(
    'list of `name:value`',
    { environment: ['UNLEASH_TAGS'], description: 'Asks upstream for flags with these tags.' },
    (value, variable, warn) =>
      splitList(value).map((tag) => {
        const at = tag.indexOf(':');
        if (at < 0) warn(`${variable}: the tag "${tag}" has no value. Write it as name:value`);
        return at < 0 ? { name: tag, value: 'undefined' } : { name: tag.slice(0, at), value: tag.slice(at + 1) };
      }),
  ),
  clientKeysHeaderName: text({
    environment: ['CLIENT_KEY_HEADER_NAME'],
    fallback: 'authorization',
    description: 'Header that carries keys and tokens, instead of `Authorization`.',
  }),
  trustProxy: custom<boolean | number | string>(
    'boolean, number of hops, or addresses',
    {
      environment: ['TRUST_PROXY'],
      fallback: false,
      description:
        'Whose `X-Forwarded-For` to believe: `true`, a number of hops, or addresses, ranges and the names `loopback`, `linklocal`, `uniquelocal`.',
    },
    parseTrustProxy,
  ),
  logLevel: custom(
    '`debug`, `info`, `warn`, `error` or `fatal`',
    { environment: ['LOG_LEVEL'], fallback: 'warn', description: 'Least severity that is logged, in any case.' },
    (value) => value,
  ),
  useJsonLogger: switchedOn({ environment: ['JSON_LOGGER'], description: 'Logs one JSON object per line.' }),
  customStrategies: list({
    environment: ['UNLEASH_CUSTOM_STRATEGIES_FILE'],
    description: 'Modules that export custom strategies: paths, relative to the working directory.',
  }),
  expCustomEnrichers: list({
    environment: ['EXP_CUSTOM_ENRICHERS_FILE'],
    description: 'Modules that export context enrichers: paths, relative to the working directory.',
  }),
  enricherTimeout: integer(
    {
      environment: ['HALYARD_ENRICHER_TIMEOUT'],
      fallback: 5_000,
      description: 'Milliseconds after which a context enricher counts as failed.',
    },
    1,
  ),
  bootstrapUrl: text({
    environment: ['EXP_BOOTSTRAP_URL'],
    description: 'Definitions to start with while upstream has not answered.',
  }),
  bootstrapAuthorization: text({
    environment: ['EXP_BOOTSTRAP_AUTHORIZATION'],
    description: 'Sent as `Authorization` when fetching them.',
    secret: true,
  }),
  serverSideTokens: list({
    environment: ['EXP_SERVER_SIDE_SDK_CONFIG_TOKENS'],
    description: 'Tokens with which server SDKs and other proxies may fetch definitions.',
    secret: true,
  }),
  enableOAS: flag({
    environment: ['ENABLE_OAS'],
    description: 'Serves the OpenAPI document and Swagger UI under `/docs`.',
  }),
  enableAllEndpoint: flag({
    environment: ['ENABLE_ALL_ENDPOINT'],
    description: 'Serves `/proxy/all`: disabled toggles too.',
  }),
  enablePrometheus: switchedOn({
    environment: ['HALYARD_PROMETHEUS'],
    fallback: true,
    description: 'Serves `/proxy/internal-backstage/prometheus`.',
  }),
  corsOrigin: custom<string | readonly string[]>(
    'origin, or list of origins',
    {
      environment: ['CORS_ORIGIN'],
      fallback: '*',
      description: 'Origins that may read answers. With a comma in it: a list.',
    },
    (value) => (value.includes(',') ? splitList(value) : value),
  ),
  corsMethods: text({
    environment: ['CORS_METHODS'],
    fallback: 'GET, POST',
    description: 'Methods for preflight answers.',
  }),
  corsAllowedHeaders: text({
    environment: ['CORS_ALLOWED_HEADERS'],
    description: 'Headers for preflight answers.',
    fallbackText: 'what the browser asks for',
  }),
  corsExposedHeaders: text({
    environment: ['CORS_EXPOSED_HEADERS'],
    fallback: 'ETag',
    description: 'Headers that scripts may read.',
  }),
  corsCredentials: flag({
    environment: ['CORS_CREDENTIALS'],
    description: 'Allows requests with cookies. Needs one or more origins.',
  }),
  corsMaxAge: integer({
    environment: ['CORS_MAX_AGE'],
    fallback: 172_800,
    description: 'Seconds that browsers may remember a preflight answer.',
  }),
  corsPreflightContinue: flag({
    environment: ['CORS_PREFLIGHT_CONTINUE'],
    description: 'Hands `OPTIONS` requests on to the routes.',
  }),
  corsOptionsSuccessStatus: custom(
    'status code',
    { environment: ['CORS_OPTIONS_SUCCESS_STATUS'], fallback: 204, description: 'Status of preflight answers.' },
    (value, variable, warn) => {
      const status = Number.parseInt(value, 10);
      if (status >= 200 && status <= 599) return status;
      warn(`${variable} is no usable status ("${value}")`, 'Using 204');
      return undefined;
    },
  ),
  rejectUnauthorized: custom<boolean>(
    'boolean',
    {
      environment: ['HTTP_OPTIONS_REJECT_UNAUTHORIZED'],
      fallback: true,
      description: 'Checks the certificate of upstream. Only explicit words for off switch it off.',
    },
    (value) => !isOffWord(value),
  ),
  upstreamTimeout: integer(
    {
      environment: ['HALYARD_UPSTREAM_TIMEOUT'],
      fallback: 10_000,
      description: 'Milliseconds for one exchange with upstream.',
    },
    1,
  ),
  upstreamLimit: integer(
    {
      environment: ['HALYARD_UPSTREAM_LIMIT'],
      fallback: 32 * 1024 * 1024,
      description: 'Largest answer accepted from upstream, in bytes.',
    },
    1,
  ),
  bodyLimit: integer(
    {
      environment: ['HALYARD_BODY_LIMIT'],
      fallback: 102_400,
      description: 'Largest request body, in bytes, before and after inflating.',
    },
    1,
  ),
  replyCacheLimit: integer({
    environment: ['HALYARD_REPLY_CACHE_LIMIT'],
    fallback: 16 * 1024 * 1024,
    description: 'Memory for finished replies, in bytes, per kind of list.',
  }),
  usageTogglesLimit: integer(
    {
      environment: ['HALYARD_USAGE_TOGGLES_LIMIT'],
      fallback: 10_000,
      description: 'Most toggles counted between two reports.',
    },
    1,
  ),
  usageVariantsLimit: integer(
    { environment: ['HALYARD_USAGE_VARIANTS_LIMIT'], fallback: 100, description: 'Most variants counted per toggle.' },
    1,
  ),
  usageNameLimit: integer(
    {
      environment: ['HALYARD_USAGE_NAME_LIMIT'],
      fallback: 500,
      description:
        'Longest name of a toggle or variant that is counted, in characters. All names together may have this many times the most toggles.',
    },
    1,
  ),
  metricsFlagLimit: integer({ environment: [metricsFlagLimit.variable], ...metricsFlagLimit }),
  shutdownTimeout: integer({
    environment: ['HALYARD_SHUTDOWN_TIMEOUT'],
    fallback: 10_000,
    description:
      'Milliseconds that open requests, and then the last report of usage, get when the process is told to stop.',
  }),
  ...operatorOptions,
  ...httpOptions,
  ...fleetOptions,
  ...ofrepOptions,
  ...otlpOptions,
};

function parseTrustProxy(value: string): boolean | number | string {
  const lower = value.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  return /^\d+$/.test(value.trim()) ? Number(value) : value;
}
