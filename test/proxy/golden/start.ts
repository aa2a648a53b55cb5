/** How a golden case's configuration is given to a subject: through the environment where that can express it. */
import { fileURLToPath } from 'node:url';
import type { GoldenConfig, GoldenExchange } from '../../support/golden.ts';
import { fillUpstream } from '../../support/golden.ts';
import type { StartOptions } from '../../support/server.ts';

export const fixtureFile = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Cases recorded on a listener that reports an IPv4 peer as `::ffff:127.0.0.1` (spec 11.1, last row). */
const dualStack = new Set([
  'environment-forced',
  'appname-default-from-config',
  'appname-client-wins',
  'dual-stack-listener-mapped-address-does-not-match-ipv4',
]);

/** The code that `extension` describes in words. */
const extensionFiles: readonly (readonly [string, string, string])[] = [
  ['expCustomEnrichers: [sync', 'EXP_CUSTOM_ENRICHERS_FILE', 'enrichers-alice-eu.cjs'],
  ['expCustomEnrichers: [async', 'EXP_CUSTOM_ENRICHERS_FILE', 'enrichers-reject.cjs'],
  ['customStrategies:', 'UNLEASH_CUSTOM_STRATEGIES_FILE', 'strategies-want-user.cjs'],
];

export function startOptionsFor(exchange: GoldenExchange, upstreamOrigin: string): StartOptions {
  const { config, upstreamFeatures } = exchange;
  const waitFor = upstreamFeatures === null ? 'listening' : 'ready';
  const host = dualStack.has(exchange.name) ? '::' : '127.0.0.1';
  const env = environmentOf(config);
  if (env === undefined) {
    const options = config.kind === 'options' ? config.options : {};
    return { options: { ...options, unleashUrl: urlIn(options, upstreamOrigin) }, waitFor, host };
  }
  const basePath = env.PROXY_BASE_PATH ? `/${env.PROXY_BASE_PATH.replace(/\/$/, '')}` : '';
  return { env: fillUpstream(env, upstreamOrigin), waitFor, host, basePath };
}

const urlIn = (options: Readonly<Record<string, unknown>>, origin: string): string =>
  String(options.unleashUrl).replace('{{UPSTREAM}}', origin);

/** Variables that say the same as the case's configuration, or undefined when only code can say it. */
function environmentOf(config: GoldenConfig): Record<string, string> | undefined {
  if (config.kind === 'env') return { ...config.env };
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.options)) {
    const entry = toVariable(name, value);
    if (!entry) return undefined;
    env[entry[0]] = entry[1];
  }
  if (config.extension === undefined) return env;
  const file = extensionFiles.find(([prefix]) => config.extension?.startsWith(prefix));
  if (!file) throw new Error(`no code written for extension: ${config.extension}`);
  return { ...env, [file[1]]: fixtureFile(file[2]) };
}

function toVariable(name: string, value: unknown): readonly [string, string] | undefined {
  switch (name) {
    case 'unleashUrl':
      return ['UNLEASH_URL', String(value).replace(/ .*/, '')];
    case 'unleashApiToken':
      return ['UNLEASH_API_TOKEN', String(value)];
    case 'clientKeys':
      return ['UNLEASH_PROXY_CLIENT_KEYS', (value as string[]).join(',')];
    case 'expServerSideSdkConfig':
      return ['EXP_SERVER_SIDE_SDK_CONFIG_TOKENS', (value as { tokens: string[] }).tokens.join(',')];
    case 'enableAllEndpoint':
      return ['ENABLE_ALL_ENDPOINT', String(value)];
    case 'trustProxy':
      return typeof value === 'number' ? undefined : ['TRUST_PROXY', String(value)];
    default:
      return undefined;
  }
}
