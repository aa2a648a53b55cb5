import type { OpenFeatureOptions } from '../../flags/openfeature.ts';
import type { CorsOptions, CorsOptionsFunction } from '../../http/cors.ts';

/** Cross-origin rules as modes have them. */
export type ModeCors = CorsOptions | CorsOptionsFunction;

const usualHeaders = ['Content-Type', 'Authorization', 'X-API-Key', 'X-Environment-Key', 'If-None-Match'];
const maximumAgeSeconds = 172_800;

/**
 * The rules for OFREP: the mode's own origins unless others are given, and everything that OpenFeature's clients send
 * and read (OFREP specification 2).
 */
export function ofrepCors(mode: ModeCors, options: OpenFeatureOptions): ModeCors {
  if (options.ofrepOrigins.length > 0) return complete({ origin: originsOf(options.ofrepOrigins) }, options);
  if (typeof mode !== 'function') return complete(mode, options);
  return (request, callback) =>
    mode(request, (error, given) => (error ? callback(error) : callback(null, complete(given ?? {}, options))));
}

function originsOf(origins: readonly string[]): CorsOptions['origin'] {
  return origins.includes('*') ? '*' : origins;
}

function complete(mode: CorsOptions, { ofrepHeaders }: OpenFeatureOptions): CorsOptions {
  return {
    origin: mode.origin,
    credentials: mode.credentials,
    methods: 'POST,GET,OPTIONS',
    allowedHeaders: merged(usualHeaders, [...listOf(mode.allowedHeaders), ...ofrepHeaders]),
    exposedHeaders: merged(['ETag', 'Retry-After'], listOf(mode.exposedHeaders)),
    maxAge: mode.maxAge ?? maximumAgeSeconds,
    optionsSuccessStatus: 204,
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  const items = typeof value === 'string' ? value.split(',') : (value ?? []);
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

function merged(first: readonly string[], others: readonly string[]): string {
  const known = new Set(first.map((name) => name.toLowerCase()));
  return [...first, ...others.filter((name) => !known.has(name.toLowerCase()))].join(', ');
}
