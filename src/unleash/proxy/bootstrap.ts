import { withoutCredentials } from '../../http/upstream/credentials.ts';
import { shownUrl } from '../../http/upstream/shown-url.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import { isRecord } from '../definitions/is-record.ts';
import type { BootstrapOptions } from './config-types.ts';

/** What bootstrapping needs. */
export interface BootstrapSources {
  readonly send: SendUpstream;
  readonly readTextFile: (path: string) => Promise<string>;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly limitBytes: number;
}

/**
 * Reads the definitions to start with: given in code, fetched, read from a file, or from a provider, which replaces all
 * of these.
 *
 * Source: Unleash Proxy specification 8.4.
 *
 * @returns a document, or undefined when the options name none; rejects with the reason when it cannot be had
 */
export async function readBootstrap(options: BootstrapOptions, sources: BootstrapSources): Promise<unknown> {
  if (options.bootstrapProvider !== undefined) return options.bootstrapProvider.readBootstrap();
  if (options.data !== undefined) return { version: 2, features: options.data, segments: options.segments };
  if (options.url !== undefined) return fetchBootstrap(options.url, options.urlHeaders ?? {}, sources);
  if (options.filePath !== undefined) return JSON.parse(await sources.readTextFile(options.filePath));
  return undefined;
}

async function fetchBootstrap(
  url: string,
  headers: Readonly<Record<string, string>>,
  { send, headers: identity, timeoutMs, limitBytes }: BootstrapSources,
): Promise<unknown> {
  // The upstream's credentials are for upstream: another address gets what its own settings say.
  const sent = { ...withoutCredentials(identity), ...headers };
  const request = { method: 'GET', url, headers: sent, timeoutMs, limitBytes } as const;
  const response = await send(request);
  if (response.status < 200 || response.status > 299) throw new Error(`${shownUrl(url)} responded ${response.status}`);
  return JSON.parse(new TextDecoder().decode(response.body));
}

/** True for a document that holds at least one flag. Others are no reason to be ready. */
export function holdsFeatures(document: unknown): boolean {
  return isRecord(document) && Array.isArray(document.features) && document.features.length > 0;
}
