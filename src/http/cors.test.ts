import { describe, expect, test } from 'vitest';
import { type CorsOptions, type CorsOptionsFunction, createCors } from './cors.ts';
import { testRequest } from './testing.ts';

const ask = (options: CorsOptions | CorsOptionsFunction, method: string, headers: Record<string, string> = {}) =>
  createCors(options)(testRequest({ method, headers }));

const origin = { origin: 'https://b.example' };

describe('origins', () => {
  test.each<[string, CorsOptions['origin'], Record<string, string>]>([
    ['default', undefined, { 'Access-Control-Allow-Origin': '*' }],
    ['all', '*', { 'Access-Control-Allow-Origin': '*' }],
    ['fixed', 'https://a.example', { 'Access-Control-Allow-Origin': 'https://a.example', Vary: 'Origin' }],
    [
      'listed',
      ['https://a.example', 'https://b.example'],
      { 'Access-Control-Allow-Origin': 'https://b.example', Vary: 'Origin' },
    ],
    ['not listed', ['https://a.example'], { Vary: 'Origin' }],
    ['pattern', /b\.example$/, { 'Access-Control-Allow-Origin': 'https://b.example', Vary: 'Origin' }],
    ['reflected', true, { 'Access-Control-Allow-Origin': 'https://b.example', Vary: 'Origin' }],
    ['off', false, {}],
  ])('%s', async (_name, allowed, expected) => {
    expect(await ask({ origin: allowed }, 'GET', origin)).toEqual({ headers: expected, preflight: undefined });
  });

  test('a function decides', async () => {
    const options: CorsOptions = { origin: (asked, done) => done(null, asked === 'https://b.example') };
    expect((await ask(options, 'GET', origin)).headers['Access-Control-Allow-Origin']).toBe('https://b.example');
    expect((await ask(options, 'GET', { origin: 'https://c.example' })).headers).toEqual({});
  });

  test('a function chooses all options', async () => {
    const options: CorsOptionsFunction = (_request, done) => done(null, { origin: 'https://d.example' });
    expect((await ask(options, 'GET')).headers['Access-Control-Allow-Origin']).toBe('https://d.example');
  });

  test('a function that throws or rejects fails the request, and nothing else', async () => {
    const throwing: CorsOptions = {
      origin: () => {
        throw new Error('thrown');
      },
    };
    const rejecting = { origin: async () => Promise.reject(new Error('rejected')) } as unknown as CorsOptions;
    await expect(ask(throwing, 'GET')).rejects.toThrow('thrown');
    await expect(ask(rejecting, 'GET')).rejects.toThrow('rejected');
  });

  test('a pattern with a memory decides alike each time', async () => {
    const options: CorsOptions = { origin: /example/g };
    for (let i = 0; i < 3; i++) {
      expect((await ask(options, 'GET', origin)).headers['Access-Control-Allow-Origin']).toBe('https://b.example');
    }
  });

  test('a function that fails rejects', async () => {
    await expect(ask({ origin: (_asked, done) => done(new Error('no')) }, 'GET')).rejects.toThrow('no');
  });
});

describe('preflight', () => {
  test('echoes the headers asked for', async () => {
    const { preflight } = await ask({}, 'OPTIONS', { 'access-control-request-headers': 'x-a,x-b' });
    expect(preflight).toEqual({
      status: 204,
      headers: {
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Allow-Methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
        Vary: 'Access-Control-Request-Headers',
        'Access-Control-Allow-Headers': 'x-a,x-b',
        'Content-Length': '0',
      },
      body: null,
    });
  });

  test('says what is configured', async () => {
    const options: CorsOptions = {
      origin: 'https://a.example',
      methods: ['GET'],
      allowedHeaders: ['X-One', 'X-Two'],
      exposedHeaders: 'ETag',
      credentials: true,
      maxAge: 60,
      optionsSuccessStatus: 200,
    };
    expect((await ask(options, 'OPTIONS')).preflight).toEqual({
      status: 200,
      headers: {
        'Access-Control-Allow-Origin': 'https://a.example',
        Vary: 'Origin',
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Expose-Headers': 'ETag',
        'Access-Control-Allow-Methods': 'GET',
        'Access-Control-Allow-Headers': 'X-One,X-Two',
        'Access-Control-Max-Age': '60',
        'Content-Length': '0',
      },
      body: null,
    });
  });

  test('can be left to the routes', async () => {
    const { preflight, headers } = await ask({ preflightContinue: true }, 'OPTIONS');
    expect(preflight).toBeUndefined();
    expect(headers['Access-Control-Allow-Methods']).toBeDefined();
  });
});
