import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/** Files in which everything is done per request, on Bun and Node. */
const hot = [
  'src/flags/reply-cache.ts',
  'src/flags/fragments.ts',
  'src/http/conditional.ts',
  'src/http/entity-reply.ts',
  'src/http/hosts/bun-response.ts',
  'src/http/kept-reply.ts',
  'src/http/wire/connection.ts',
  'src/http/wire/header-fields.ts',
  'src/http/wire/input.ts',
  'src/http/wire/known-fields.ts',
  'src/http/wire/reply-head.ts',
  'src/http/wire/reply-writer.ts',
  'src/http/wire/request-head.ts',
  'src/operations/request-figures.ts',
  'src/unleash/context/query-context.ts',
  'src/unleash/engine/asked-context.ts',
  'src/unleash/engine/bucket.ts',
  'src/unleash/engine/flag-set.ts',
  'src/unleash/engine/hashed-id.ts',
  'src/unleash/engine/known-contexts.ts',
  'src/unleash/engine/program.ts',
  'src/unleash/edge/api/repeats.ts',
  'src/unleash/edge/api/send.ts',
  'src/unleash/edge/context/query-context.ts',
  'src/unleash/edge/environments/frontend-view.ts',
  'src/unleash/edge/metrics/instance/latency.ts',
  'src/flagsmith/api/flags-route.ts',
  'src/flagsmith/engine/evaluate.ts',
  'src/flagsmith/environment/flag-list.ts',
];

const forbidden: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['await', /\bawait\b/],
  ['an async function', /\basync\b/],
  // Who got one from a handler has to know it.
  ['a promise', /(?<!instanceof )\bPromise\b/],
  ['JSON.stringify', /\bJSON\.stringify\b/],
  ['a regular expression made while answering', /new RegExp\b/],
  ['a URL object', /new URL\b/],
];

describe('the hot path', () => {
  test.each(hot)('%s', (file) => {
    const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(forbidden.filter(([, pattern]) => pattern.test(text)).map(([what]) => what)).toEqual([]);
  });
});
