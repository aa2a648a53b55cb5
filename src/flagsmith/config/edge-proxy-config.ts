/** A pair of keys of one environment. */
export interface KeyPair {
  readonly server_side_key: string;
  readonly client_side_key: string;
}

/** Size and use of one of the original's caches. Accepted; answers are made once per change of the document anyway. */
export interface EndpointCache {
  readonly use_cache: boolean;
  readonly cache_max_size: number;
}

/**
 * The configuration of Edge Proxy 2.23.0 with all defaults filled in, under the names that users write in `config.json`
 * (spec section 4.2). Durations are whole seconds.
 */
export interface EdgeProxyConfig {
  readonly environment_key_pairs: readonly KeyPair[];
  readonly api_url: string;
  readonly api_poll_frequency_seconds: number;
  readonly api_poll_timeout_seconds: number;
  readonly endpoint_caches: { readonly flags: EndpointCache; readonly identities: EndpointCache } | null;
  readonly allow_origins: readonly string[];
  readonly logging: {
    readonly enable_access_log: boolean;
    readonly log_format: 'generic' | 'json';
    readonly log_level: 'CRITICAL' | 'ERROR' | 'WARNING' | 'INFO' | 'DEBUG' | 'NOTSET';
    readonly log_event_field_name: string;
    readonly colours: boolean;
    /** Of a Python logging dictionary the levels by name of the logger; the rest means nothing outside Python. */
    readonly override: ReadonlyMap<string, EdgeProxyConfig['logging']['log_level']>;
  };
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly reload: boolean;
    readonly proxy_headers: boolean;
    readonly timeout_keep_alive: number;
  };
  readonly health_check: { readonly environment_update_grace_period_seconds: number | null };
}

/** Everything but the key pairs, which have no default. */
export const defaultConfig: Omit<EdgeProxyConfig, 'environment_key_pairs'> = {
  api_url: 'https://edge.api.flagsmith.com/api/v1',
  api_poll_frequency_seconds: 10,
  api_poll_timeout_seconds: 5,
  endpoint_caches: null,
  allow_origins: ['*'],
  logging: {
    enable_access_log: false,
    log_format: 'generic',
    log_level: 'INFO',
    log_event_field_name: 'message',
    colours: false,
    override: new Map(),
  },
  server: { host: '0.0.0.0', port: 8000, reload: false, proxy_headers: false, timeout_keep_alive: 5 },
  health_check: { environment_update_grace_period_seconds: 30 },
};

/** What `render-config` prints and writes: defaults with an example pair of keys (spec section 4.7). */
export function renderConfig(): string {
  const pair = { server_side_key: 'ser.environment_key', client_side_key: 'environment_key' };
  const { endpoint_caches: _, ...rest } = defaultConfig;
  const logging = { ...rest.logging, override: {} };
  return `${JSON.stringify({ environment_key_pairs: [pair], ...rest, logging }, null, 4)}\n`;
}
