import { describe, expect, test } from 'vitest';
import { environmentDocument, keys } from '../../bench/flagsmith-datasets.mjs';
import { createFlagsmithApi } from '../../src/flagsmith/api/handler.ts';
import { apiOptions, registryOf } from '../flagsmith/api.ts';
import { countedGet, headerBytes } from './counting.ts';

const { client, server } = keys('features50');
const text = JSON.stringify(environmentDocument('features50'));
const handler = createFlagsmithApi(apiOptions(registryOf({ [client]: { serverKey: server, text } })));
const headers = { 'x-environment-key': client };

describe("a request of Flagsmith's API", () => {
  test('flags are written once, and sent without a promise', () => {
    const [first, second] = [1, 2].map(() => countedGet(handler, '/api/v1/flags/', headers));
    expect(second?.reply.body).toBe(first?.reply.body);
    expect({ stringified: second?.stringified, promises: second?.promises }).toEqual({ stringified: 0, promises: 0 });
    expect(second?.addressesRead).toBe(0);
    expect(second?.headersRead).toEqual(['x-environment-key', 'origin', 'accept-encoding']);
  });

  test('the only thing written per identity is its name', () => {
    // Each answer of a flag is written when it is first met.
    countedGet(handler, '/api/v1/identities/?identifier=ann', headers);
    const { reply, stringified, promises } = countedGet(handler, '/api/v1/identities/?identifier=ann', headers);
    expect(String(reply.body)).toContain('"identifier":"ann"');
    expect({ stringified, promises }).toEqual({ stringified: 1, promises: 0 });
  });

  test('headers on the wire', () => {
    expect(headerBytes(countedGet(handler, '/api/v1/flags/', headers).reply)).toBe(32);
  });
});
