/** Whatever is sent, the answer is JSON with a status of the specification, and never a 5xx. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { e2eDocument } from '../flagsmith/api.ts';
import { type Ask, flag, flagsmithOfrepOf, proxyOfrep, rollout, set, variant } from './harness.ts';
import { schemaFault } from './schema.ts';

const path = '/ofrep/v1/evaluate/flags';
const unleash = await proxyOfrep(
  set(
    flag('a'),
    flag('__proto__'),
    flag('toString'),
    flag('split', {
      strategies: [
        rollout(50, { constraints: [{ contextName: 'plan', operator: 'SEMVER_GT', value: '1.0.0' }] }),
        rollout(30),
      ],
      variants: [
        variant('x', 'json', '{"a":1}', { overrides: [{ contextName: 'list', values: ['a'] }] }),
        variant('y', 'number', '1'),
      ],
    }),
    flag('time', {
      strategies: [
        {
          name: 'default',
          constraints: [{ contextName: 'currentTime', operator: 'DATE_BEFORE', value: '2027-01-01T00:00:00Z' }],
        },
      ],
    }),
    flag('address', { strategies: [{ name: 'remoteAddress', parameters: { IPs: '10.0.0.0/8,::1' } }] }),
  ),
  { random: Math.random },
);
const flagsmith = flagsmithOfrepOf(e2eDocument());
const systems = { unleash, flagsmith };
const allowed = new Set([200, 304, 400, 401, 404, 405, 413, 415]);

const names = fc.oneof(
  fc.constantFrom(
    'targetingKey',
    'userId',
    'sessionId',
    'remoteAddress',
    'currentTime',
    'properties',
    'traits',
    'plan',
    'list',
  ),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', ''),
  fc.string({ unit: 'binary' }),
);
const scalars = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(
    null,
    -0,
    1e308,
    '1'.repeat(5_000),
    '9'.repeat(400),
    '2026-01-01',
    '$.x',
    '::ffff:1.2.3.4',
    '%',
    '\ud800',
  ),
);
const contexts = fc.dictionary(names, fc.oneof(scalars, fc.array(scalars), fc.dictionary(names, scalars)), {
  maxKeys: 8,
});
const bodies: fc.Arbitrary<Ask['body']> = fc.oneof(
  contexts.map((context) => ({ context })),
  fc.json().map((context) => `{"context":${context}}`),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 60 }),
);
const headers = fc.record(
  {
    'if-none-match': fc.oneof(fc.string(), fc.constantFrom('*', 'W/', '"', '","', '"x.zzzzzzz"', 'x.1,y.2')),
    'content-type': fc.string(),
    'content-encoding': fc.constantFrom('gzip', 'deflate', 'br', 'identity', '', 'x'),
    'accept-encoding': fc.constantFrom('gzip', 'br', '*', 'x;q=', ''),
    host: fc.oneof(fc.string(), fc.constantFrom('a.example', '[::1]:80')),
    'x-forwarded-host': fc.string(),
    'last-event-id': fc.string(),
  },
  { requiredKeys: [] },
);
const queries = fc.oneof(
  fc.constant(''),
  fc.string().map((text) => `?${text}`),
  fc
    .tuple(fc.constantFrom('keys', 'views', 'flagConfigEtag', 'flagConfigLastModified', 't', 'since'), fc.string())
    .map(([name, value]) => `?${name}=${value}`),
);
const paths = fc.oneof(
  fc.constant(path),
  fc.string({ unit: 'binary' }).map((key) => `${path}/${encodeURIComponent(Buffer.from(key).toString())}`),
  fc.string().map((key) => `${path}/${key.replaceAll('?', '')}`),
  fc
    .constantFrom('a', '__proto__', 'split:number', 'toString:boolean', '%', '%ff', 'a%00b', ':', '::boolean')
    .map((key) => `${path}/${key}`),
  fc.constantFrom('/ofrep/v1/events', '/ofrep/v1/', '/ofrep/v1/evaluate', '/ofrep/v1/configuration'),
);

afterAll(() => {
  unleash.ofrep.close();
  flagsmith.ofrep.close();
});

describe.each(Object.entries(systems))('%s', (_name, { ask }) => {
  it('OF-5 OF-6 OF-39 generated requests get an answer of the specification', async () => {
    await fc.assert(
      fc.asyncProperty(
        paths,
        queries,
        bodies,
        headers,
        fc.constantFrom('POST', 'POST', 'POST', 'GET', 'OPTIONS', 'PATCH'),
        async (at, query, body, extra, method) => {
          const answer = await ask(at + query, { method, headers: extra, ...(body === undefined ? {} : { body }) });
          if (method === 'OPTIONS') return;
          expect(allowed).toContain(answer.status);
          if (answer.status === 304) return;
          expect(answer.headers['content-type']).toMatch(/^application\/json/);
          if (answer.headers['content-encoding'] !== undefined) return;
          if (answer.status === 200) {
            const kind = 'flags' in answer.json ? 'bulkSuccess' : 'success';
            expect(schemaFault(kind, answer.json)).toBeUndefined();
          } else expect(schemaFault('bulkFailure', answer.json)).toBeUndefined();
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('OF-5 OF-50 generated contexts are evaluated', async () => {
    await fc.assert(
      fc.asyncProperty(contexts, async (context) => {
        const answer = await ask(path, { body: { context } });
        expect([200, 400]).toContain(answer.status);
        if (answer.status === 400) expect(answer.json.errorCode).toBe('INVALID_CONTEXT');
      }),
      { numRuns: 500 },
    );
  });
});
