import ipaddr from 'ipaddr.js';
import type { JsonObject } from '../json/value.ts';
import { defaultConfig, type EdgeProxyConfig, type KeyPair } from './edge-proxy-config.ts';
import { type HalyardFlagsmithOptions, readHalyardOptions } from './halyard-options.ts';
import { type LegacySettings, readLegacySettings } from './legacy.ts';
import { readOverride } from './logging-override.ts';
import { SettingsReader } from './reader.ts';
import { type Environment, mergeSources } from './sources.ts';
import { unknownSettings } from './unknown-settings.ts';
import { unknownVariables } from './unknown-variables.ts';

/** Everything the Flagsmith part is configured with. */
export interface FlagsmithConfig {
  readonly edgeProxy: EdgeProxyConfig;
  /** Set when only the variables of version 1.0 name the environments. */
  readonly legacy: LegacySettings | null;
  readonly halyard: HalyardFlagsmithOptions;
  /** Things to tell the operator that do not stop the start. */
  readonly warnings: readonly string[];
}

/** A usable configuration, or every reason why not; the program then exits with 1. */
export type ConfigResult =
  | { readonly ok: true; readonly config: FlagsmithConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads the configuration of Flagsmith Edge Proxy (spec section 4). `fileText` is the text of `config.json`, null when
 * there is none. A process without key pairs, a proxy key and legacy variables is not configured.
 */
export function readConfig(fileText: string | null, environment: Environment): ConfigResult {
  const problems: string[] = [];
  const report = (path: string, message: string) => void problems.push(`${path} ${message}`);
  const merged = mergeSources(fileText, environment, report);
  const unread = problems.length > 0;
  const halyard = readHalyardOptions(environment, report);
  const legacy = merged.has('environment_key_pairs') ? null : readLegacySettings(environment, report);
  const reader = new SettingsReader(merged, '', report);
  const pairs = reader.objects('environment_key_pairs', readPair);
  // What cannot be read may well name the keys.
  if (!unread && !merged.has('environment_key_pairs') && legacy === null && halyard.proxyKey === null) {
    report('environment_key_pairs', 'is required: set it in config.json or as ENVIRONMENT_KEY_PAIRS');
  }
  const edgeProxy = readFields(reader, pairs ?? []);
  if (problems.length > 0) return { ok: false, problems };
  const unknown = [unknownSettings(merged), unknownVariables(environment)].filter((told) => told !== null);
  return {
    ok: true,
    config: {
      edgeProxy,
      legacy,
      halyard,
      warnings: [...warningsFor(edgeProxy, reader.section('logging').object('override')), ...unknown],
    },
  };
}

function readFields(reader: SettingsReader, pairs: readonly KeyPair[]): EdgeProxyConfig {
  const defaults = defaultConfig;
  const logging = reader.section('logging');
  const server = reader.section('server');
  return {
    environment_key_pairs: pairs,
    api_url: reader.text('api_url', defaults.api_url, 'an http or https URL', httpUrl),
    api_poll_frequency_seconds: reader.integer('api_poll_frequency_seconds', defaults.api_poll_frequency_seconds),
    api_poll_timeout_seconds: reader.integer('api_poll_timeout_seconds', defaults.api_poll_timeout_seconds),
    endpoint_caches: reader.has('endpoint_caches') ? readCaches(reader.section('endpoint_caches')) : null,
    allow_origins: reader.texts('allow_origins', defaults.allow_origins),
    logging: {
      enable_access_log: logging.boolean('enable_access_log', defaults.logging.enable_access_log),
      log_format: logging.choice('log_format', defaults.logging.log_format, ['generic', 'json']),
      log_level: logging.choice('log_level', defaults.logging.log_level, [
        'CRITICAL',
        'ERROR',
        'WARNING',
        'INFO',
        'DEBUG',
        'NOTSET',
      ]),
      log_event_field_name: logging.text('log_event_field_name', 'message', 'text', (text) => text),
      colours: logging.boolean('colours', logging.boolean('colors', defaults.logging.colours)),
      override: readOverride(logging.object('override')),
    },
    server: {
      host: server.text('host', defaults.server.host, 'an IPv4 or IPv6 address', address),
      port: server.integer('port', defaults.server.port),
      reload: server.boolean('reload', defaults.server.reload),
      proxy_headers: server.boolean('proxy_headers', defaults.server.proxy_headers),
      timeout_keep_alive: server.integer('timeout_keep_alive', defaults.server.timeout_keep_alive, 1),
    },
    health_check: {
      environment_update_grace_period_seconds: reader
        .section('health_check')
        .integerOrNull('environment_update_grace_period_seconds', 30),
    },
  };
}

function readPair(reader: SettingsReader): KeyPair {
  for (const name of ['server_side_key', 'client_side_key']) {
    if (!reader.has(name)) reader.complain(name, 'is required');
  }
  return {
    // the original looks for `ser` anywhere; a stricter rule would refuse configurations that work
    server_side_key: reader.text('server_side_key', '', 'a server-side key (ser.…)', (text) =>
      text.includes('ser') ? text.trim() : undefined,
    ),
    client_side_key: reader.text('client_side_key', '', 'a client-side key', (text) => text.trim() || undefined),
  };
}

function readCaches(reader: SettingsReader): EdgeProxyConfig['endpoint_caches'] {
  const cache = (name: string) => {
    const section = reader.section(name);
    return { use_cache: section.boolean('use_cache', false), cache_max_size: section.integer('cache_max_size', 128) };
  };
  return { flags: cache('flags'), identities: cache('identities') };
}

function httpUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
}

function address(text: string): string | undefined {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text) ? text : undefined;
}

function warningsFor(config: EdgeProxyConfig, override: JsonObject): string[] {
  const { environment_key_pairs: pairs, api_poll_frequency_seconds: frequency, endpoint_caches: caches } = config;
  const warnings: string[] = [];
  const clientKeys = pairs.map((pair) => pair.client_side_key);
  for (const key of new Set(clientKeys.filter((item, i) => clientKeys.indexOf(item) !== i))) {
    warnings.push(`client-side key ${key} is in several pairs: the last one counts`);
  }
  if (frequency < 1) warnings.push('api_poll_frequency_seconds is below 1: polling once a second');
  if (caches?.flags.use_cache || caches?.identities.use_cache) {
    warnings.push(
      'endpoint_caches is not needed: flags are written once per change of a document, and decisions are remembered by themselves (HALYARD_FLAGSMITH_IDENTITY_CACHE_BYTES)',
    );
  }
  const untold = [...override.keys()].filter((name) => name !== 'loggers');
  if (untold.length > 0) {
    warnings.push(
      `logging.override: ${untold.join(', ')} only mean something in Python; levels of loggers are applied`,
    );
  }
  if (config.server.reload) warnings.push('server.reload has no effect: it is for the development of the original');
  return warnings;
}
