/** Every mode at its most talkative, with a secret wherever one can be given. */
import { secrets } from './secrets.ts';
import type { TalkativeUpstream } from './talkative-upstream.ts';

export interface Scenario {
  readonly name: string;
  readonly args?: readonly string[];
  /** The process goes on all the same: for a start that others mend, or that needs no more than this. */
  readonly mayRun?: true;
  readonly env: (world: World) => Record<string, string>;
}

export interface World {
  readonly upstream: TalkativeUpstream;
  readonly redisPort: number;
  /** The port that Halyard is to listen on. */
  readonly port: number;
  /** A bootstrap file that can be used. */
  readonly bootstrapFile: string;
}

const common = ({ upstream }: World): Record<string, string> => ({
  HALYARD_OPERATOR_TOKEN: secrets.operatorToken,
  HALYARD_OFREP_STREAM_SECRET: secrets.streamSecret,
  OTEL_EXPORTER_OTLP_ENDPOINT: upstream.origin,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${secrets.collectorHeader}`,
  OTEL_METRIC_EXPORT_INTERVAL: '500',
  HALYARD_OTLP_SAMPLE_RATIO: '1',
});

const proxy = (world: World): Record<string, string> => ({
  ...common(world),
  UNLEASH_URL: `${world.upstream.origin}/api`,
  UNLEASH_API_TOKEN: secrets.upstreamToken,
  UNLEASH_PROXY_CLIENT_KEYS: `${secrets.clientKey},some-other-key`,
  EXP_SERVER_SIDE_SDK_CONFIG_TOKENS: secrets.serverSideToken,
  UNLEASH_INSTANCE_ID: secrets.instanceId,
  UNLEASH_FETCH_INTERVAL: '300',
  UNLEASH_METRICS_INTERVAL: '300',
  ENABLE_OAS: 'true',
  LOG_LEVEL: 'debug',
});

const edge = (world: World): Record<string, string> => ({
  ...common(world),
  UPSTREAM_URL: world.upstream.origin,
  TOKENS: `${secrets.upstreamToken},${secrets.otherToken}`,
  CUSTOM_CLIENT_HEADERS: `X-Gateway-Key:${secrets.customHeader}`,
  FEATURES_REFRESH_INTERVAL_SECONDS: '1',
  METRICS_INTERVAL_SECONDS: '1',
  TOKEN_REVALIDATION_INTERVAL_SECONDS: '1',
  REDIS_URL: `redis://user:${secrets.redisPassword}@127.0.0.1:${world.redisPort}`,
  PROMETHEUS_REMOTE_WRITE_URL: `${world.upstream.origin}/write`,
  PROMETHEUS_PUSH_INTERVAL: '1',
  PROMETHEUS_USERNAME: 'user',
  PROMETHEUS_PASSWORD: secrets.remoteWritePassword,
  RUST_LOG: 'trace',
});

const flagsmith = (world: World): Record<string, string> => ({
  ...common(world),
  ENVIRONMENT_KEY_PAIRS: JSON.stringify([
    { server_side_key: secrets.flagsmithServerKey, client_side_key: secrets.flagsmithClientKey },
  ]),
  API_URL: `${world.upstream.origin}/api/v1`,
  API_POLL_FREQUENCY_SECONDS: '1',
  API_POLL_TIMEOUT_SECONDS: '1',
  HALYARD_FLAGSMITH_REALTIME: 'true',
  HALYARD_FLAGSMITH_REALTIME_URL: world.upstream.origin,
  HALYARD_FLAGSMITH_PROXY_KEY: secrets.flagsmithProxyKey,
  LOGGING: JSON.stringify({ log_level: 'DEBUG', log_format: 'json', enable_access_log: true }),
  SERVER: JSON.stringify({ host: '127.0.0.1', port: world.port }),
});

const all = (world: World) => ({
  ...proxy(world),
  ...flagsmith(world),
  ...edge(world),
  TOKENS: `${secrets.upstreamToken},${secrets.unknownToken},${secrets.instanceId}`,
});

export const scenarios: readonly Scenario[] = [
  { name: 'Unleash Proxy', env: proxy },
  { name: 'Unleash Proxy, JSON lines', env: (world) => ({ ...proxy(world), JSON_LOGGER: 'true' }) },
  {
    name: 'Edge, dynamic',
    env: (world) => ({ ...edge(world), DYNAMIC: 'true', UPSTREAM_URL: `${world.upstream.origin}/api` }),
  },
  { name: 'Edge, strict, JSON lines', env: (world) => ({ ...edge(world), STRICT: 'true', LOG_FORMAT: 'json' }) },
  {
    name: 'Edge, pretrusted, streaming, state in S3',
    env: (world) => {
      const { REDIS_URL: _, ...others } = edge(world);
      return {
        ...others,
        STRICT: 'true',
        STREAMING: 'true',
        PRETRUSTED_TOKENS: secrets.pretrustedToken,
        S3_BUCKET_NAME: 'state',
        S3_FORCE_PATH_STYLE: 'true',
        AWS_ENDPOINT_URL: world.upstream.origin,
        AWS_REGION: 'eu-north-1',
        AWS_ACCESS_KEY_ID: 'someone',
        AWS_SECRET_ACCESS_KEY: secrets.s3Key,
        LOG_FORMAT: 'pretty',
      };
    },
  },
  {
    name: 'Edge, offline',
    args: ['offline'],
    env: (world) => ({
      ...common(world),
      BOOTSTRAP_FILE: world.bootstrapFile,
      TOKENS: secrets.otherToken,
      CLIENT_TOKENS: secrets.upstreamToken,
      FRONTEND_TOKENS: secrets.frontendToken,
      RUST_LOG: 'trace',
    }),
  },
  { name: 'Flagsmith, JSON lines', env: flagsmith },
  {
    name: 'Flagsmith, lines for people, state in Redis',
    env: (world) => ({
      ...flagsmith(world),
      HALYARD_FLAGSMITH_STATE: `redis://user:${secrets.redisPassword}@127.0.0.1:${world.redisPort}`,
      LOGGING: JSON.stringify({ log_level: 'DEBUG', log_format: 'generic', enable_access_log: true }),
    }),
  },
  { name: 'all on one port', env: all },
  { name: 'all on one port, two workers', env: (world) => ({ ...all(world), WORKERS: '2' }) },
];

/** Settings that cannot be used, with the secret where the mistake is. The process must end, and say why. */
export const badStarts: readonly Scenario[] = [
  {
    name: 'a password in the upstream URL',
    env: (world) => ({ ...edge(world), STRICT: 'true', UPSTREAM_URL: `http://user:${secrets.urlPassword}@[::bad` }),
  },
  { name: 'a token where a number belongs', env: (world) => ({ ...edge(world), PORT: secrets.upstreamToken }) },
  { name: 'a token where a flag belongs', args: [secrets.upstreamToken], env: edge },
  { name: 'a token as an unknown flag', args: ['edge', `--tokenz=${secrets.upstreamToken}`], env: edge },
  { name: 'a header without a colon', env: (w) => ({ ...edge(w), CUSTOM_CLIENT_HEADERS: secrets.customHeader }) },
  { name: 'a Redis URL that is none', env: (w) => ({ ...edge(w), REDIS_URL: `redis//:${secrets.redisPassword}@x` }) },
  {
    name: 'an operator token that is too short, beside a good one',
    env: (w) => ({
      ...edge(w),
      HALYARD_OPERATOR_TOKEN: `${secrets.operatorToken},${secrets.operatorToken.slice(0, 12)}`,
    }),
  },
  {
    name: 'a header for the collector without a name',
    env: (w) => ({ ...edge(w), STRICT: 'true', OTEL_EXPORTER_OTLP_HEADERS: secrets.collectorHeader }),
  },
  {
    name: 'a passphrase for an identity that is no such file',
    mayRun: true,
    env: (w) => ({
      ...edge(w),
      STRICT: 'true',
      PKCS12_IDENTITY_FILE: w.bootstrapFile,
      PKCS12_PASSPHRASE: secrets.passphrase,
    }),
  },
  {
    name: 'key pairs that are no JSON',
    env: (w) => ({ ...flagsmith(w), ENVIRONMENT_KEY_PAIRS: `[{${secrets.flagsmithServerKey}` }),
  },
  {
    name: 'a key pair without a client key',
    env: (w) => ({
      ...flagsmith(w),
      ENVIRONMENT_KEY_PAIRS: JSON.stringify([{ server_side_key: secrets.flagsmithServerKey }]),
    }),
  },
  {
    name: 'a server key that is none',
    env: (w) => ({
      ...flagsmith(w),
      ENVIRONMENT_KEY_PAIRS: JSON.stringify([
        { server_side_key: secrets.flagsmithUnknownKey, client_side_key: secrets.flagsmithClientKey },
      ]),
    }),
  },
  {
    name: 'an Unleash URL that is none',
    mayRun: true,
    env: (w) => ({ ...proxy(w), UNLEASH_URL: `http//u:${secrets.urlPassword}@x` }),
  },
];
