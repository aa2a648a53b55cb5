import { expect, test } from 'vitest';
import { createPublicBase } from './public-base.ts';
import type { HttpRequest } from './types.ts';

const publicBase = createPublicBase({ publicUrl: undefined, basePath: '/base', isTrusted: undefined });
const asked = (more: Partial<HttpRequest>) =>
  ({ header: (name: string) => (name === 'host' ? 'flags.example.com:8080' : undefined), ...more }) as HttpRequest;

test('the scheme is that of the connection', () => {
  expect(publicBase(asked({ isSecure: true }))).toBe('https://flags.example.com:8080/base');
  expect(publicBase(asked({ isSecure: false }))).toBe('http://flags.example.com:8080/base');
});

test.each([
  ['https', { socket: { encrypted: true } }],
  ['http', { socket: {} }],
  ['https', { url: 'https://elsewhere/' }],
  ['http', undefined],
])("where the request does not tell, it is %s as the host's own object has it", (scheme, native) => {
  expect(publicBase(asked({ native }))).toBe(`${scheme}://flags.example.com:8080/base`);
});

test("the host's own object is not made for a request that tells", () => {
  const request = asked({ isSecure: false });
  Object.defineProperty(request, 'native', {
    get() {
      throw new Error('made');
    },
  });
  expect(publicBase(request)).toBe('http://flags.example.com:8080/base');
});
