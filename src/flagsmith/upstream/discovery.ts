import type { SendUpstream } from '../../http/upstream/types.ts';
import { updatedAtSeconds } from '../document/updated-at.ts';
import type { EnvironmentKeys } from '../environment/registry.ts';
import { JsonSyntaxError, parseJson } from '../json/cursor.ts';
import { isList, isObject, type Json, type JsonObject } from '../json/value.ts';
import type { EnvironmentSync } from './environment-sync.ts';
import { documentSource } from './fetch-document.ts';
import type { UpstreamLog, UpstreamTimers } from './timers.ts';

/** What discovery needs. */
export interface DiscoveryOptions {
  readonly apiUrl: string;
  readonly proxyKey: string;
  /** Configured environments; discovery never takes anything from them. */
  readonly configured: readonly EnvironmentKeys[];
  readonly sync: EnvironmentSync;
  readonly send: SendUpstream;
  readonly timeoutMs: number;
  readonly limitBytes: number;
  readonly timers: UpstreamTimers;
  readonly log: UpstreamLog;
  /** Told of every answer that was used, to be kept for a start without upstream. */
  readonly onAnswer?: (text: string) => void;
  /** Told of every environment that is no longer served. */
  readonly onRemoved?: (clientKey: string) => void;
}

/**
 * Finds the environments of this proxy's key (discovery contract): adds new ones, gives rotated keys to known ones and
 * removes those that are gone or have no usable key left. A failed or odd answer changes nothing; 404 means that the
 * server does not know discovery, which is fine.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #configured: ReadonlyMap<string, EnvironmentKeys>;
  #discovered = new Set<string>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#configured = new Map(options.configured.map((keys) => [keys.clientKey, keys]));
  }

  /** Asks upstream once. Never rejects. */
  async run(): Promise<void> {
    const { apiUrl, proxyKey, send, timeoutMs, limitBytes, log, onAnswer } = this.#options;
    const url = `${apiUrl.replace(/\/+$/, '')}/proxy/config/`;
    try {
      const headers = { 'X-Proxy-Key': proxyKey };
      const { status, body } = await send({ method: 'GET', url, headers, timeoutMs, limitBytes });
      if (status === 404) return;
      const text = new TextDecoder().decode(body);
      if (status !== 200 || !this.apply(text)) throw new Error(`upstream answered ${status} without a list`);
      onAnswer?.(text);
    } catch (error) {
      log.error('error_fetching_proxy_config', { reason: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Takes an answer, new or kept. False when it is no list of environments; nothing has changed then. */
  apply(text: string): boolean {
    const list = parseList(text);
    if (list === null) return false;
    const { sync, apiUrl, proxyKey, timers } = this.#options;
    const found = new Set<string>();
    for (const item of list) {
      const keys = this.#readEnvironment(item, timers.now());
      if (keys === null) continue;
      const [first] = keys.serverKeys;
      if (first === undefined) continue;
      found.add(keys.clientKey);
      sync.add(keys, documentSource(apiUrl, first, proxyKey));
    }
    for (const clientKey of this.#discovered) if (!found.has(clientKey)) this.#forget(clientKey);
    this.#discovered = found;
    return true;
  }

  #forget(clientKey: string): void {
    const { sync, apiUrl, proxyKey, onRemoved } = this.#options;
    const configured = this.#configured.get(clientKey);
    const [first] = configured?.serverKeys ?? [];
    if (configured === undefined || first === undefined) {
      sync.remove(clientKey);
      onRemoved?.(clientKey);
    } else sync.add(configured, documentSource(apiUrl, first, proxyKey));
  }

  #readEnvironment(item: Json, nowMs: number): EnvironmentKeys | null {
    if (!isObject(item)) return null;
    const clientKey = item.get('client_side_key');
    const serverKeys = item.get('server_side_keys');
    if (typeof clientKey !== 'string' || clientKey === '' || !isList(serverKeys)) return null;
    const usable = serverKeys.filter(isObject).flatMap((key) => usableKey(key, nowMs));
    const configured = this.#configured.get(clientKey)?.serverKeys ?? [];
    return { clientKey, serverKeys: [...new Set([...configured, ...usable])] };
  }
}

function usableKey(key: JsonObject, nowMs: number): string[] {
  const text = key.get('key');
  const expiresAt = key.get('expires_at') ?? null;
  if (typeof text !== 'string' || text === '' || key.get('active') !== true) return [];
  if (expiresAt === null) return [text];
  const seconds = typeof expiresAt === 'string' ? updatedAtSeconds(expiresAt) : null;
  return seconds !== null && seconds * 1000 > nowMs ? [text] : [];
}

function parseList(text: string): readonly Json[] | null {
  try {
    const json = parseJson(text);
    return isList(json) ? json : null;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return null;
    throw error;
  }
}
