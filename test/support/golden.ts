/** The recorded behaviour of the original: `test/data/unleash-proxy.golden.json` (spec appendix B). */
import { readFileSync } from 'node:fs';

export interface FeatureDocument {
  readonly version: number;
  readonly features: readonly Readonly<Record<string, unknown> & { name: string }>[];
  readonly segments?: readonly unknown[];
}

export interface GoldenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as its compact JSON. */
  readonly body?: unknown;
  /** Sent verbatim. */
  readonly bodyRaw?: string;
}

export interface GoldenResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** null: empty; text: the body; otherwise the body is this value's compact JSON. */
  readonly body: unknown;
}

export type GoldenConfig =
  | { readonly kind: 'env'; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: 'options'; readonly options: Readonly<Record<string, unknown>>; readonly extension?: string };

export interface GoldenExchange {
  readonly name: string;
  readonly upstreamFeatures: string | null;
  readonly config: GoldenConfig;
  readonly request: GoldenRequest;
  readonly response: GoldenResponse;
  readonly volatile?: readonly string[];
  readonly note?: string;
}

export interface GoldenContext {
  readonly name: string;
  readonly request: GoldenRequest;
  readonly status: number;
  /** As an enricher sees it; null when the request is refused before. */
  readonly context: unknown;
}

export interface GoldenUpstreamExchange {
  readonly name: string;
  readonly config: { readonly kind: 'env'; readonly env: Readonly<Record<string, string>> };
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headersInOrder: readonly (readonly [string, string])[];
    readonly body: Readonly<Record<string, unknown>> | null;
  };
}

export interface GoldenStartup {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly exitCode: number | null;
  readonly stderrErrorLine: string | null;
  readonly stdoutLines: readonly string[];
  readonly healthStatus: number | null;
}

interface GoldenFile {
  readonly fixtures: Readonly<Record<string, FeatureDocument>>;
  readonly exchanges: readonly GoldenExchange[];
  readonly contextParsing: readonly GoldenContext[];
  readonly upstreamExchanges: readonly GoldenUpstreamExchange[];
  readonly startup: readonly GoldenStartup[];
}

const file = new URL('../data/unleash-proxy.golden.json', import.meta.url);

export const golden = JSON.parse(readFileSync(file, 'utf8')) as GoldenFile;

export function fixture(name: string): FeatureDocument {
  const document = golden.fixtures[name];
  if (!document) throw new Error(`no fixture called ${name}`);
  return document;
}

/** The environment of a case with the scripted upstream's origin filled in. */
export function fillUpstream(env: Readonly<Record<string, string>>, origin: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll('{{UPSTREAM}}', origin)]),
  );
}
