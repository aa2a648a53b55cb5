import { describe, expect, test } from 'vitest';
import { edgeVectors, isFor19 } from '../../../test/support/edge-vectors.ts';
import { coversScope, simplify, subsumes } from './cover.ts';
import { maskToken, redactToken } from './mask.ts';
import { parseOfflineToken, parseToken } from './parse.ts';
import { PretrustedTokenError, parsePretrusted } from './pretrusted.ts';
import { readToken, readTokenType } from './read-token.ts';
import { cacheKey, type EdgeToken, type TokenType } from './types.ts';

interface Scope {
  readonly projects: readonly string[];
  readonly env: string | null;
  readonly type?: TokenType;
}

const tokenOf = ({ projects, env, type = 'client' }: Scope, token = 'x'): EdgeToken => ({
  token,
  type,
  environment: env,
  projects,
  status: 'Validated',
});

describe('token_parse', () => {
  interface Row {
    readonly in: string;
    readonly ok: boolean;
    readonly projects?: readonly string[];
    readonly environment?: string;
    readonly equals_token?: string;
    readonly offline_object?: object;
  }
  test.each(edgeVectors<Row[]>('token_parse'))('$in', (row) => {
    const token = parseToken(row.in);
    expect(token !== undefined).toBe(row.ok);
    if (row.projects) expect(token).toMatchObject({ projects: row.projects, environment: row.environment });
    if (row.equals_token) expect(token?.token).toBe(row.equals_token);
    if (row.offline_object) expect(parseOfflineToken(row.in)).toMatchObject(row.offline_object);
  });

  test('refuses texts of any length that somebody makes up', () => {
    expect(parseToken(`*:development.${'x'.repeat(100_000)}`)).toBeUndefined();
  });
});

describe('token_type_json', () => {
  interface Row {
    readonly type?: string;
    readonly all?: string;
    readonly '19.x'?: string;
    readonly '19.15.1'?: string;
  }
  test.each(edgeVectors<Row[]>('token_type_json'))('%o', (row) => {
    const token = readToken({ token: 'a:b.c', type: row.type, environment: 'b', projects: ['a'] });
    if (row.type === undefined) expect(token?.status).toBe(row.all);
    else expect(token?.type).toBe(row.all ?? row['19.15.1'] ?? row['19.x']);
  });

  test('an unknown type makes its own token invalid and nothing else', () => {
    expect(readTokenType('superuser')).toBeUndefined();
    expect(readTokenType('Client')).toBeUndefined();
    expect(readToken({ token: 'a:b.c', type: 'superuser' })?.type).toBe('invalid');
    expect(readToken({ token: 'a:b.c' })).toEqual({
      token: 'a:b.c',
      type: null,
      environment: 'b',
      projects: ['a'],
      status: 'Validated',
    });
    expect(readToken('a:b.c')).toBeUndefined();
  });
});

describe('pretrusted_parse', () => {
  interface Row {
    readonly in: string;
    readonly error?: boolean;
    readonly cache_key_string?: string;
    readonly token?: string;
    readonly type?: string;
    readonly status?: string;
    readonly projects?: readonly string[];
    readonly environment?: string;
  }
  test.each(edgeVectors<Row[]>('pretrusted_parse'))('$in', (row) => {
    if (row.error) {
      expect(() => parsePretrusted(row.in)).toThrow(PretrustedTokenError);
      return;
    }
    const [presented, token] = parsePretrusted(row.in);
    expect(presented).toBe(row.cache_key_string === 'same as input' ? row.in : row.cache_key_string);
    const { type, status, projects, environment } = row;
    expect(token).toMatchObject({ type, status, projects, environment });
    if (row.token) expect(token.token).toBe(row.token);
  });
});

interface Pair {
  readonly a: Scope;
  readonly b: Scope;
  readonly expect: boolean;
}

test.each(edgeVectors<Pair[]>('subsumes'))('subsumes %o', ({ a, b, expect: wanted }) => {
  expect(subsumes(tokenOf(a), tokenOf(b))).toBe(wanted);
});

test.each(edgeVectors<Pair[]>('covers_ignoring_type'))('covers_ignoring_type %o', ({ a, b, expect: wanted }) => {
  expect(coversScope(tokenOf(a), tokenOf(b))).toBe(wanted);
});

describe('simplify', () => {
  interface Row {
    readonly name: string;
    readonly in: readonly (Scope & { readonly id: string })[];
    readonly out?: readonly string[];
    readonly out_count?: number;
  }
  test.each(edgeVectors<Row[]>('simplify'))('$name', (row) => {
    const left = simplify(row.in.map((entry) => tokenOf(entry, entry.id))).map(({ token }) => token);
    if (row.out) expect([...left].sort()).toEqual([...row.out].sort());
    expect(left).toHaveLength(row.out_count ?? row.out?.length ?? 0);
  });

  test('of tokens that cover each other one stays', () => {
    const both = [tokenOf({ projects: ['*'], env: 'e' }, '1'), tokenOf({ projects: ['*', 'a'], env: 'e' }, '2')];
    expect(simplify(both).map(({ token }) => token)).toEqual(['1']);
    const swapped = [
      tokenOf({ projects: ['a', 'b'], env: 'e' }, '1'),
      tokenOf({ projects: ['b', 'a'], env: 'e' }, '2'),
    ];
    expect(simplify(swapped).map(({ token }) => token)).toEqual(['1']);
  });
});

describe('anonymise', () => {
  interface Row {
    readonly in: string;
    readonly out: string;
    readonly tags: readonly string[];
  }
  test.each(edgeVectors<Row[]>('anonymise'))('$in', (row) => {
    // The leaks of the original are not copied (specification 27, 15).
    if (row.out.startsWith('unchanged')) expect(maskToken(row.in)).toContain('****');
    else if (isFor19(row) || row.tags.includes('20.x')) expect(maskToken(row.in)).toBe(row.out);
  });

  test.each(['', 'x', 'secret', 'a:b.c', 'a:b.', ':.', 'a.b:c', '*:dev.abcdef', 'x'.repeat(2000)])('%s', (secret) => {
    const shown = maskToken(secret);
    expect(shown).toContain('****');
    expect(redactToken(secret)).toContain('[redacted]');
    expect(shown.length).toBeLessThan(20);
  });
});

test('definitions are kept under the environment, or the text of a token without one', () => {
  expect(cacheKey(parseOfflineToken('secret-123'))).toBe('secret-123');
  expect(cacheKey(parseOfflineToken('a:b.c'))).toBe('b');
});
