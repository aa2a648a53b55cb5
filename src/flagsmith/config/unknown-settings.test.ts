import { expect, it } from 'vitest';
import { parseJson } from '../json/cursor.ts';
import type { JsonObject } from '../json/value.ts';
import { renderConfig } from './edge-proxy-config.ts';
import { unknownSettings } from './unknown-settings.ts';

const told = (text: string) => unknownSettings(parseJson(text) as JsonObject);

it.each([
  ['{"api_ulr":""}', 'api_ulr (did you mean api_url?)'],
  ['{"server":{"prot":1},"loging":{}}', 'server.prot (did you mean server.port?), loging (did you mean logging?)'],
  ['{"logging":{"level":"INFO","zzzzzz":1}}', 'logging.level (did you mean logging.log_level?), logging.zzzzzz'],
  ['{"port":8000}', 'port (did you mean server.port?)'],
  [
    '{"endpoint_caches":{"flags":{"use_cahce":true}}}',
    'endpoint_caches.flags.use_cahce (did you mean endpoint_caches.flags.use_cache?)',
  ],
  [
    '{"environment_key_pairs":[{},{"server_side_kye":"ser.x"}]}',
    'environment_key_pairs[1].server_side_kye (did you mean environment_key_pairs[1].server_side_key?)',
  ],
  ['{"constructor":1}', 'constructor'],
  ['{"ser.topsecret":"client"}', 'ser.…'],
  ['{"a b\\n":1}', '"a b\\n"'],
])('%s', (text, named) => expect(told(text)).toBe(`unknown settings are ignored: ${named}`));

it('tells nothing of known settings and of notes', () => {
  expect(told(renderConfig())).toBeNull();
  expect(told('{"$schema":"x","_comment":"y","//":"z","logging":{"colors":true,"override":{"version":1}}}')).toBeNull();
  expect(told('{"environment_key_pairs":"x","server":3,"health_check":null}')).toBeNull();
});

it('is bounded', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`unheard${i}${'x'.repeat(500)}`, 1]));
  const text = told(JSON.stringify(many)) ?? '';
  expect(text.length).toBeLessThan(2_000);
  expect(text).toMatch(/, and 980 more$/);
});
