import { redisModes, redisSchemes } from '../store/redis/settings.ts';
import { profileChoices } from '../unleash/upstream/profile.ts';
import { cliChoice, cliCustom, cliHeaderText, cliList, cliNumber, cliSwitch, cliText } from './cli-option.ts';
import {
  type AddressRange,
  type ProxyKey,
  parseAddressOrNetwork,
  parseBasePath,
  parseHeader,
  parseHttpUrl,
  parseNetwork,
  parseProxyKey,
} from './edge-values.ts';
import { fleetCliOptions } from './fleet-options.ts';
import { headerName, headerValue } from './header-values.ts';
import { httpCliOptions } from './http-options.ts';
import { metricsFlagLimit } from './metrics-options.ts';
import { ofrepCliOptions } from './ofrep-options.ts';
import { operatorCliOptions } from './operator-options.ts';
import { otelEndpointOption, otlpCliOptions } from './otlp-options.ts';
import { readWorkers } from './workers.ts';

export { checkOptions, offlineOptions } from './edge-command-options.ts';

/**
 * Every setting of the Unleash Edge modes. Names, variables, defaults and parse rules are those of Edge 19.15.1
 * (specification 1), with the recommended fixes of section 27; settings that only Halyard has start with `HALYARD_`.
 *
 * The configuration reference in `docs/` and `--help` are generated from these tables.
 */

const global = true;
const hidden = true;
const secret = true;
/** A setting of Halyard, as a variable only. */
const own = { variableOnly: true, valueName: 'NUMBER' } as const;

/** Settings of the server, in front of the command. */
export const edgeRootOptions = {
  port: cliCustom('--port', 'Which port this server should listen for HTTP traffic on', parsePort, {
    short: '-p',
    kind: 'integer',
    fallback: 3063,
  }),
  interface: cliText('--interface', 'Which interfaces this server should listen on', {
    short: '-i',
    fallback: '0.0.0.0',
  }),
  basePath: cliCustom(
    '--base-path',
    'Prefix of all paths, for servers behind a path of a reverse proxy',
    parseBasePath,
    {
      short: '-b',
      fallback: '',
      fallbackText: '',
    },
  ),
  workers: cliCustom(
    '--workers',
    'Processes that serve; `auto` means one per core',
    (text) => readWorkers(text, '--workers'),
    { short: '-w', global, kind: 'integer', fallback: 1 },
  ),
  tlsEnable: cliSwitch('--tls-enable', 'Serve HTTPS too'),
  tlsServerKey: cliText('--tls-server-key', 'Server key to use for TLS, a PEM file'),
  tlsServerCert: cliText('--tls-server-cert', 'Server certificate to use for TLS, a PEM file'),
  tlsServerPort: cliCustom('--tls-server-port', 'Port to listen on for HTTPS', parsePort, {
    kind: 'integer',
    fallback: 3043,
  }),
  instanceId: cliHeaderText(
    '--instance-id',
    'Instance id for reporting upstream. With GitLab the secret Instance ID',
    headerValue,
    {
      global,
      secret,
      fallbackText: '<ULID>',
    },
  ),
  appName: cliHeaderText('--app-name', 'Application name for reporting upstream', headerValue, {
    short: '-a',
    global,
    fallback: 'unleash-edge',
  }),
  trustProxy: cliSwitch('--trust-proxy', 'Take the client address from forwarding headers', { global }),
  proxyTrustedServers: cliList<AddressRange>(
    '--proxy-trusted-servers',
    'Addresses and ranges of proxies: the rightmost forwarded address that is none of them is the client',
    { global, kind: 'list of addresses and networks' },
    parseAddressOrNetwork,
  ),
  disableAllEndpoint: cliSwitch('--disable-all-endpoint', 'Leave out /api/proxy/all and /api/frontend/all', { global }),
  edgeRequestTimeout: cliNumber(
    '--edge-request-timeout',
    'Seconds that a client has for sending a request head. On Bun it has 8 to 12 with HTTPS, whatever is set',
    { fallback: 5 },
  ),
  edgeKeepaliveTimeout: cliNumber('--edge-keepalive-timeout', 'Seconds after which an idle connection is closed', {
    fallback: 5,
  }),
  logFormat: cliChoice('--log-format', 'Form of log lines', ['plain', 'json', 'pretty'], {
    short: '-l',
    global,
    fallback: 'plain',
  }),
  tokenHeader: cliHeaderText('--token-header', 'Header that carries tokens, from SDKs and upstream', headerName, {
    conflicts: ['--edge-auth-header', '--upstream-auth-header'],
  }),
  edgeAuthHeader: cliHeaderText('--edge-auth-header', 'Header that SDKs send their token in', headerName, {
    fallbackText: 'Authorization',
  }),
  upstreamAuthHeader: cliHeaderText('--upstream-auth-header', 'Header that tokens are sent upstream in', headerName, {
    fallbackText: 'Authorization',
  }),
  corsOrigin: cliList('--cors-origin', 'Origins that browsers may call from', { global }),
  corsAllowedHeaders: cliList('--cors-allowed-headers', 'Request headers that browsers may send', { global }),
  corsExposedHeaders: cliList('--cors-exposed-headers', 'Reply headers that browsers may read', { global }),
  corsMethods: cliList('--cors-methods', 'Methods that browsers may use', { global }),
  corsMaxAge: cliNumber('--cors-max-age', 'Seconds that browsers may remember a preflight', {
    global,
    fallback: 172_800,
  }),
  allowList: cliList<AddressRange>(
    '--allow-list',
    'Networks that may call /api and /edge',
    { kind: 'list of networks' },
    parseNetwork,
  ),
  denyList: cliList<AddressRange>(
    '--deny-list',
    'Networks that may not call /api and /edge',
    { kind: 'list of networks' },
    parseNetwork,
  ),
  proxyClientKeys: cliList<ProxyKey>(
    '--proxy-client-keys',
    'Serve the paths of Unleash Proxy, /proxy, to these keys: `key` sees what the first start-up token sees, `key@environment` a whole environment',
    { global, secret, variable: 'UNLEASH_PROXY_CLIENT_KEYS', olderVariable: 'UNLEASH_PROXY_SECRETS' },
    parseProxyKey,
  ),
  proxyClientKeyHeader: cliHeaderText('--proxy-client-key-header', 'Header that carries these keys', headerName, {
    global,
    variable: 'CLIENT_KEY_HEADER_NAME',
    fallback: 'authorization',
  }),
  proxyAppName: cliText('--proxy-app-name', 'Below /proxy: default `appName` of contexts', {
    global,
    variable: 'UNLEASH_APP_NAME',
    fallback: 'unleash-proxy',
  }),
  proxyEnvironment: cliText('--proxy-environment', 'Below /proxy: replaces the `environment` of every context', {
    global,
    variable: 'UNLEASH_ENVIRONMENT',
  }),
  disableMetricsBatchEndpoint: cliSwitch('--disable-metrics-batch-endpoint', 'Leave out backstage metricsbatch'),
  disableMetricsEndpoint: cliSwitch('--disable-metrics-endpoint', 'Leave out backstage metrics'),
  disableFeaturesEndpoint: cliSwitch('--disable-features-endpoint', 'Leave out backstage features'),
  disableTokensEndpoint: cliSwitch('--disable-tokens-endpoint', 'Leave out backstage tokens'),
  disableInstanceDataEndpoint: cliSwitch('--disable-instance-data-endpoint', 'Leave out backstage instancedata'),
  markdownHelp: cliSwitch('--markdown-help', 'Print this reference as Markdown', { hidden }),
  logLevel: cliText('--rust-log', 'Lowest severity that is logged: debug, info, warn, error', {
    variableOnly: true,
    fallback: 'info',
  }),
  hosting: cliText('--edge-hosting', 'Reported in instance data', { variableOnly: true, fallback: 'self-hosted' }),
  region: cliText('--aws-region', 'Reported in instance data', { variableOnly: true }),
  forceStrongEtags: cliSwitch('--edge-force-strong-etags', 'Entity tags without W/', { variableOnly: true }),
  serveStreaming: cliSwitch(
    '--halyard-serve-streaming',
    'Serve delta and streaming also while upstream is polled, and in offline mode',
    { variableOnly: true },
  ),
  streamLifetimeSeconds: cliNumber(
    '--halyard-stream-lifetime-seconds',
    'Streams end after this long, so that clients spread anew over several processes; 0: never',
    { ...own, fallback: 0 },
  ),
  streamLimit: cliNumber('--halyard-stream-limit', 'Most streams open at once; more get a 429', {
    ...own,
    fallback: 20_000,
  }),
  bodyLimitBytes: cliNumber('--halyard-body-limit', 'Largest request body in bytes', { ...own, fallback: 2_097_152 }),
  replyCacheBytes: cliNumber(
    '--halyard-reply-cache-limit',
    'Most bytes of finished replies per credential scope and list, and of requests that are known by their text',
    {
      ...own,
      fallback: 16_777_216,
    },
  ),
  metricsFlagLimit: cliNumber('--halyard-metrics-flag-limit', metricsFlagLimit.description, {
    ...own,
    fallback: metricsFlagLimit.fallback,
  }),
  usageSeriesLimit: cliNumber('--halyard-usage-series-limit', 'Most series of `feature_toggle_usage_total`', {
    ...own,
    fallback: 10_000,
  }),
  usageLimitBytes: cliNumber(
    '--halyard-usage-limit',
    'Most memory of reports of usage that wait to be sent, in bytes',
    {
      ...own,
      fallback: 64 * 1024 * 1024,
    },
  ),
  shutdownTimeoutMs: cliNumber('--halyard-shutdown-timeout', 'Milliseconds that each step of a stop may take', {
    ...own,
    fallback: 5_000,
  }),
  ...httpCliOptions,
  ...operatorCliOptions,
  ...ofrepCliOptions,
  ...otlpCliOptions,
  otelEndpoint: otelEndpointOption,
} as const;

/** Settings of `edge`. */
export const edgeOptions = {
  upstreamUrl: cliCustom('--upstream-url', 'Where is your upstream URL, without /api', parseHttpUrl, {
    short: '-u',
    kind: 'URL',
    required: true,
    fallback: '',
    fallbackText: '',
  }),
  upstreamProfile: cliChoice(
    '--upstream-profile',
    'What upstream is; auto: GitLab where the address is one of its feature flags API, else Unleash',
    profileChoices,
    { variable: 'HALYARD_UPSTREAM_PROFILE', fallback: 'auto' },
  ),
  backupFolder: cliText('--backup-folder', 'A path to a local folder. State is kept there for the next start', {
    short: '-b',
    conflicts: ['--redis-url', '--s3-bucket-name'],
  }),
  metricsIntervalSeconds: cliNumber('--metrics-interval-seconds', 'How often metrics are sent upstream', {
    short: '-m',
    fallback: 60,
  }),
  featuresRefreshIntervalSeconds: cliNumber(
    '--features-refresh-interval-seconds',
    'How long between refreshes per token; 0 counts as 1',
    {
      short: '-f',
      fallback: 15,
    },
  ),
  tokenRevalidationIntervalSeconds: cliNumber(
    '--token-revalidation-interval-seconds',
    'How long between re-validations of all tokens',
    { fallback: 3_600 },
  ),
  tokens: cliList('--tokens', 'Client tokens to fetch features for at the start', { short: '-t', secret }),
  pretrustedTokens: cliList(
    '--pretrusted-tokens',
    'Frontend tokens that are accepted without asking upstream: Unleash format or secret@environment',
    { short: '-p', secret },
  ),
  customClientHeaders: cliList<readonly [string, string]>(
    '--custom-client-headers',
    'name:value, sent with every upstream call',
    { short: '-H', secret, kind: 'list of `name:value`' },
    parseHeader,
  ),
  skipSslVerification: cliSwitch('--skip-ssl-verification', 'Accept any certificate of upstream', { short: '-s' }),
  pkcs8ClientCertificateFile: cliText('--pkcs8-client-certificate-file', 'Client certificate for upstream, PEM', {
    requires: ['--pkcs8-client-key-file'],
  }),
  pkcs8ClientKeyFile: cliText('--pkcs8-client-key-file', 'Client key for upstream, PEM', {
    requires: ['--pkcs8-client-certificate-file'],
  }),
  pkcs12IdentityFile: cliText('--pkcs12-identity-file', 'Client identity for upstream, PKCS#12', {}),
  pkcs12Passphrase: cliText('--pkcs12-passphrase', 'Passphrase of the PKCS#12 identity', { secret }),
  pemCertFile: cliText('--pem-cert-file', 'Client identity for upstream, one PEM file with key and certificate'),
  upstreamCertificateFile: cliText('--upstream-certificate-file', 'Extra root certificate to trust upstream, PEM'),
  upstreamRequestTimeout: cliNumber('--upstream-request-timeout', 'Seconds for connecting upstream. 0 sets no limit', {
    fallback: 5,
  }),
  upstreamSocketTimeout: cliNumber(
    '--upstream-socket-timeout',
    'Seconds for a whole upstream exchange. 0 sets no limit',
    {
      fallback: 5,
    },
  ),
  clientKeepaliveTimeout: cliNumber('--client-keepalive-timeout', 'Seconds that idle upstream connections are kept', {
    fallback: 15,
  }),
  ...fleetCliOptions,
  redisUrl: cliList('--redis-url', 'Redis to keep state in; several for a cluster', {
    secret,
    conflicts: ['--backup-folder', '--s3-bucket-name'],
  }),
  redisHost: cliText('--redis-host', 'Host of the Redis'),
  redisPort: cliCustom('--redis-port', 'Port of the Redis', parsePort as (text: string) => number | undefined, {
    kind: 'integer',
    fallback: undefined as number | undefined,
  }),
  redisUsername: cliText('--redis-username', 'User name for the Redis'),
  redisPassword: cliText('--redis-password', 'Password for the Redis', { secret }),
  redisSecure: cliSwitch('--redis-secure', 'Use TLS for the Redis'),
  redisScheme: cliChoice('--redis-scheme', 'How to connect to the Redis', redisSchemes, { fallback: 'redis' }),
  redisMode: cliChoice(
    '--redis-mode',
    'Kind of Redis. With sentinel, the URLs or the host are the Sentinels',
    redisModes,
    { fallback: 'single' },
  ),
  redisSentinelMaster: cliText('--redis-sentinel-master', 'Name under which the Sentinels know the servers'),
  redisSentinelUsername: cliText('--redis-sentinel-username', 'User name for the Sentinels, where they want one'),
  redisSentinelPassword: cliText('--redis-sentinel-password', 'Password for the Sentinels, where they want one', {
    secret,
  }),
  redisReadTimeoutMs: cliNumber('--redis-read-connection-timeout-milliseconds', 'Limit for loading from Redis', {
    fallback: 2_000,
  }),
  redisWriteTimeoutMs: cliNumber('--redis-write-connection-timeout-milliseconds', 'Limit for saving to Redis', {
    fallback: 2_000,
  }),
  s3BucketName: cliText('--s3-bucket-name', 'S3 bucket to keep state in', {
    conflicts: ['--redis-url', '--backup-folder'],
  }),
  s3ForcePathStyle: cliSwitch('--s3-force-path-style', 'Name the bucket in the path', {
    requires: ['--s3-bucket-name'],
  }),
  strict: cliSwitch('--strict', 'Serve only what the start-up tokens cover', { conflicts: ['--dynamic'] }),
  dynamic: cliSwitch('--dynamic', 'Fetch with client tokens as they come', { conflicts: ['--strict'] }),
  streaming: cliSwitch('--streaming', 'Get changes from upstream as a stream', { hidden, requires: ['--strict'] }),
  delta: cliSwitch('--delta', 'Ask upstream for changes only', { requires: ['--strict'] }),
  deltaDiff: cliSwitch('--delta-diff', 'Accepted; it compared two ways of fetching while one of them was new', {
    hidden,
    conflicts: ['--delta'],
  }),
  prometheusRemoteWriteUrl: cliCustom('--prometheus-remote-write-url', 'Where to push metrics to', parseHttpUrl, {
    kind: 'URL',
    fallback: undefined as string | undefined,
  }),
  prometheusPushInterval: cliNumber('--prometheus-push-interval', 'Seconds between two pushes', { fallback: 60 }),
  prometheusUsername: cliText('--prometheus-username', 'User name for pushes'),
  prometheusPassword: cliText('--prometheus-password', 'Password for pushes', { secret }),
  prometheusUserId: cliText('--prometheus-user-id', 'User id for pushes'),
  deferTokenValidation: cliSwitch('--edge-defer-token-validation', 'Validate unknown tokens in the background', {
    variableOnly: true,
  }),
  refusalSeconds: cliNumber('--halyard-token-refusal-seconds', 'How long a refused token is not asked about again', {
    ...own,
    fallback: 60,
  }),
  refusalLimit: cliNumber('--halyard-token-refusal-limit', 'Most refused tokens remembered', {
    ...own,
    fallback: 10_000,
  }),
  tokenLimit: cliNumber('--halyard-token-limit', 'Most accepted tokens remembered', { ...own, fallback: 100_000 }),
  validationConcurrency: cliNumber('--halyard-validation-concurrency', 'Most validation requests upstream at once', {
    ...own,
    fallback: 4,
  }),
  validationQueueLimit: cliNumber('--halyard-validation-queue-limit', 'Most tokens that wait for validation', {
    ...own,
    fallback: 10_000,
  }),
  upstreamLimitBytes: cliNumber('--halyard-upstream-limit', 'Largest upstream answer in bytes', {
    ...own,
    fallback: 67_108_864,
  }),
  stateLimitBytes: cliNumber(
    '--halyard-state-limit',
    'Largest entry of kept state in bytes: the definitions of all environments are one',
    { ...own, fallback: 268_435_456 },
  ),
} as const;

function parsePort(text: string): number {
  const port = Number(text);
  // What is no number may be a secret in the wrong place: it is not repeated.
  if (!/^\d+$/.test(text)) throw new Error('invalid digit found in string');
  if (port > 65_535) throw new Error(`${text} is not in 0..=65535`);
  return port;
}
