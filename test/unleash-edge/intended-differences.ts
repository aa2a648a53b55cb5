/**
 * Where Halyard answers differently from Unleash Edge 19.15.1 on purpose. This is the whole list: every other difference
 * fails a test, and so does an entry that is no longer met.
 */
import { isDeepStrictEqual } from 'node:util';
import { canonicalDocument, canonicalEvents, canonicalFeature } from './support/canonical.ts';
import type { Comparable, IntendedDifference } from './support/compare.ts';

/** Halyard's own body and tag instead of the original's. */
const withBodyOf = (real: Comparable, halyard: Comparable): Comparable => ({
  ...real,
  headers: { ...real.headers, ...(halyard.headers.etag === undefined ? {} : { etag: halyard.headers.etag }) },
  body: halyard.body,
});

export const everywhere: readonly IntendedDifference[] = [
  {
    id: 'Vary names Accept-Encoding wherever there is a body',
    section: '4.3',
    reason: 'A cache may not give a compressed reply to a client that did not ask for it.',
    expected: (_request, real, halyard) => {
      if (real.headers.vary?.includes('accept-encoding') || !halyard.headers.vary?.includes('accept-encoding')) {
        return undefined;
      }
      const vary = ['accept-encoding', ...(real.headers.vary?.split(', ') ?? [])].join(', ');
      return { ...real, headers: { ...real.headers, vary } };
    },
  },
  {
    id: 'a 304 names its entity tag',
    section: '27 #6',
    reason: 'HTTP asks for it, and a client that lost the tag gets it back.',
    expected: (_request, real, halyard) => {
      const { etag } = halyard.headers;
      return real.status === 304 && etag !== undefined ? { ...real, headers: { ...real.headers, etag } } : undefined;
    },
  },
  {
    id: 'definitions pass as upstream sent them',
    section: '9.1',
    reason:
      'The original drops members that it does not know, so that what a newer Unleash adds never reaches SDKs. Halyard only sorts flags by name and leaves out segments that no flag refers to (27 #14). What both know is equal.',
    expected: ({ path }, real, halyard) => {
      if (!path.startsWith('/api/client/features') || real.status !== 200 || halyard.status !== 200) return undefined;
      if (real.body === '' || halyard.body === '') return undefined;
      const canonical = path.startsWith('/api/client/features/') ? canonicalFeature : canonicalDocument;
      const isEqual = isDeepStrictEqual(canonical(real.body), canonical(halyard.body));
      return isEqual ? withBodyOf(real, halyard) : undefined;
    },
  },
  {
    id: 'one flag is found by its whole name',
    section: '27 #5',
    reason: 'The original looks at the first flag whose name starts like the one that is asked for, and at no other.',
    expected: ({ path }, real, halyard) => {
      const [, asked] = /^\/api\/client\/features\/([^?]+)/.exec(path) ?? [];
      if (asked === undefined) return undefined;
      const found = ({ status, body }: Comparable) =>
        status === 200 ? (JSON.parse(body) as { name: string }).name : '';
      const name = asked === '%zz' ? asked : decodeURIComponent(asked);
      if (found(real) !== name && found(halyard) === name) return halyard;
      return found(real) !== '' && found(real) !== name ? { ...withBodyOf(real, halyard), status: 404 } : undefined;
    },
  },
  {
    id: 'a report is taken as far as it can be read',
    section: '18.1',
    reason: 'One count that is none does not lose the others. The original refuses the whole report.',
    expected: ({ method, path }, real, halyard) => {
      const isReport = method === 'POST' && /\/(metrics|register)(\/bulk)?$/.test(path);
      return isReport && real.status === 400 && halyard.status === 202 ? halyard : undefined;
    },
  },
  {
    id: 'the version names both',
    section: '14.4',
    reason: 'It counts as 19.15.1 wherever it is compared, and says what really answers.',
    expected: (_request, real, halyard) => {
      const version = halyard.headers['x-edge-version'];
      if (real.headers['x-edge-version'] !== '19.15.1' || !version?.startsWith('19.15.1+halyard.')) return undefined;
      return { ...real, headers: { ...real.headers, 'x-edge-version': version } };
    },
  },
  {
    id: 'small bodies are not compressed, and * asks for compression',
    section: '4.3',
    reason:
      'Below a kilobyte compression only costs time. The original compresses every body, but not for a client that takes everything.',
    expected: ({ headers }, real, halyard) => {
      const asked = headers?.['accept-encoding'];
      if (asked === undefined || real.headers['content-encoding'] === halyard.headers['content-encoding'])
        return undefined;
      const isSmall = real.body.length < 1024 && halyard.headers['content-encoding'] === undefined;
      if (!isSmall && asked !== '*') return undefined;
      const { 'content-encoding': _dropped, ...others } = real.headers;
      const coding = halyard.headers['content-encoding'];
      return { ...real, headers: coding === undefined ? others : { ...others, 'content-encoding': coding } };
    },
  },
  {
    id: 'tokens are answered once, in the order of the question',
    section: '12',
    reason: 'The original answers in any order, and twice for a token that is asked for twice.',
    expected: ({ method, path }, real, halyard) => {
      if (method !== 'POST' || path !== '/edge/validate' || real.status !== 200 || halyard.status !== 200)
        return undefined;
      const tokens = (JSON.parse(real.body) as { tokens: { token: string }[] }).tokens;
      const { tokens: got } = JSON.parse(halyard.body) as { tokens: { token: string }[] };
      const inOrder = got.map(({ token }) => tokens.find((other) => other.token === token));
      const isWhole = tokens.every(({ token }) => got.some((other) => other.token === token));
      return isWhole ? { ...real, body: JSON.stringify({ tokens: inOrder }) } : undefined;
    },
  },
  {
    id: 'HEAD is answered like GET, without the body',
    section: '4.2',
    reason: 'HTTP asks for it, and load balancers ask for health like that. The original answers 404.',
    expected: ({ method }, real, halyard) =>
      method === 'HEAD' && real.status === 404 && halyard.status !== 404 ? halyard : undefined,
  },
  {
    id: 'a token that cannot be read is not repeated',
    section: '27 #17',
    reason: 'It may be a secret all the same.',
    expected: (_request, real) => {
      const said = '{"explanation":"Edge could not parse token: ';
      return real.status === 403 && real.body.startsWith(said) ? { ...real, body: `${said}****"}` } : undefined;
    },
  },
  {
    id: 'every failure carries the cross-origin headers',
    section: '4.4',
    reason: 'Without them a browser hides from the application why it was refused.',
    expected: (_request, real, halyard) => {
      if (real.status < 400 || real.headers.vary?.includes('origin')) return undefined;
      const { vary, 'access-control-allow-origin': origin } = halyard.headers;
      if (vary === undefined) return undefined;
      return {
        ...real,
        headers: { ...real.headers, vary, ...(origin === undefined ? {} : { 'access-control-allow-origin': origin }) },
      };
    },
  },
  {
    id: 'failures with a body have an entity tag, those without have none',
    section: '10.1',
    reason:
      'The original tags empty bodies and leaves out some of the others. Nobody asks for a failure again by its tag.',
    expected: ({ method = 'GET' }, real, halyard) => {
      if ((method !== 'GET' && method !== 'HEAD') || real.status < 400 || real.headers.etag === halyard.headers.etag)
        return undefined;
      const { etag: _dropped, ...headers } = real.headers;
      const { etag } = halyard.headers;
      return { ...real, headers: etag === undefined ? headers : { ...headers, etag } };
    },
  },
  {
    id: 'the API page is found at /swagger-ui, too',
    section: '24',
    reason: 'The original cuts the last slash of its own address and answers 404.',
    expected: ({ path }, real, halyard) =>
      path === '/swagger-ui' && real.status === 404 && halyard.status === 200 ? halyard : undefined,
  },
  {
    id: 'a path that is written in codes leads nowhere',
    section: '4.1',
    reason: 'The original finds the endpoint and then refuses every token, because it looks for the plain words.',
    expected: ({ path }, real, halyard) =>
      path.includes('%66rontend') && real.status === 403 && halyard.status === 404 ? halyard : undefined,
  },
  {
    id: 'an escaped half of a character is passed over',
    section: '4.2',
    reason: 'JavaScript’s JSON allows it, and SDKs in JavaScript may send it. The original refuses the body.',
    expected: (_request, real, halyard) =>
      real.status === 400 && real.body.includes('hex escape') && halyard.status === 200 ? halyard : undefined,
  },
  {
    id: 'a byte order mark before a body is passed over',
    section: '4.2',
    reason: 'The mark says nothing, and some programs write it. The original refuses the body.',
    expected: ({ body, headers }, real, halyard) => {
      const isMarked =
        typeof body === 'string' ? body.startsWith('\ufeff') : headers?.['content-encoding'] !== undefined;
      return real.status === 400 && halyard.status === 200 && isMarked ? halyard : undefined;
    },
  },
  {
    id: 'the words of a 400 are its own',
    section: '4.2',
    reason: 'What the original says about a query or a body that cannot be read are the words of its parser.',
    expected: (_request, real, halyard) => {
      const isText = real.headers['content-type']?.startsWith('text/plain') && halyard.status === 400;
      if (real.status !== 400 || !isText || halyard.body === '') return undefined;
      return withBodyOf(real, halyard);
    },
  },
];

/** Differences that only some settings show. */
export const inModes: readonly IntendedDifference[] = [
  {
    id: '--cors-methods limits the methods',
    section: '1.1',
    reason: 'The original reads the list and allows every method all the same.',
    expected: ({ method }, real, halyard) => {
      if (
        method !== 'OPTIONS' ||
        real.status !== 200 ||
        halyard.headers['access-control-allow-methods'] === real.headers['access-control-allow-methods']
      )
        return undefined;
      return halyard.status === 400 || halyard.headers['access-control-allow-methods'] === 'get, post'
        ? halyard
        : undefined;
    },
  },
  {
    id: 'delta refuses a token like the rest of the client API',
    section: '19.3',
    reason: 'The original answers 500 where it answers 403 for the same token at /api/client/features.',
    expected: ({ path }, real, halyard) =>
      path === '/api/client/delta' && real.status === 500 && halyard.status === 403 ? halyard : undefined,
  },
  {
    id: 'a refused preflight says that its reason is text',
    section: '4.4',
    reason: 'The original sends the reason without a type.',
    expected: ({ method }, real, halyard) => {
      if (method !== 'OPTIONS' || real.status !== 400 || real.headers['content-type'] !== undefined) return undefined;
      return { ...real, headers: { ...real.headers, 'content-type': halyard.headers['content-type'] ?? 'none' } };
    },
  },
  {
    id: 'delta events hold flags as upstream sent them',
    section: '19.3',
    reason: 'What a newer Unleash adds to a flag reaches SDKs. What both know is equal.',
    expected: ({ path }, real, halyard) => {
      if (path !== '/api/client/delta' || real.status !== 200 || halyard.status !== 200) return undefined;
      const isEqual = isDeepStrictEqual(canonicalEvents(real.body), canonicalEvents(halyard.body));
      return isEqual ? { ...real, body: halyard.body } : undefined;
    },
  },
  {
    id: 'a weak revision is a revision',
    section: '27 #16',
    reason: 'Proxies turn tags into weak ones. The original then sends everything again.',
    expected: ({ path, headers }, real, halyard) => {
      const isWeak = path === '/api/client/delta' && String(headers?.['if-none-match']).startsWith('W/');
      return isWeak && real.status === 200 ? halyard : undefined;
    },
  },
  {
    id: 'delta without news has no entity tag',
    section: '19.3',
    reason: 'The original sends the tag of an empty body.',
    expected: ({ path }, real, halyard) => {
      if (path !== '/api/client/delta' || real.status !== 304 || halyard.headers.etag !== undefined) return undefined;
      const { etag: _dropped, ...headers } = real.headers;
      return { ...real, headers };
    },
  },
  {
    id: 'delta that is off says so',
    section: '19.3',
    reason: 'The original answers 500 with the name of an internal error.',
    expected: ({ path }, real, halyard) =>
      path === '/api/client/delta' && real.status === 500 && halyard.status === 500 ? halyard : undefined,
  },
  {
    id: 'a first fetch that failed is told in plain words',
    section: '9.1',
    reason: 'The original calls it a fault of its own.',
    expected: ({ path }, real, halyard) =>
      path.startsWith('/api/client/features') && real.status === 500 && halyard.status === 500 ? halyard : undefined,
  },
  {
    id: 'a trusted secret may ask for one flag',
    section: '7',
    reason: 'It may ask for all of them. The original looks the flag up under the name that it gave the secret itself.',
    expected: ({ path }, real, halyard) =>
      path.startsWith('/api/frontend/features/') && real.status === 400 && halyard.status === 200 ? halyard : undefined,
  },
  {
    id: 'a trusted frontend token gets no definitions',
    section: '27 #19',
    reason:
      'Frontend tokens are public. With dynamic behaviour the original answers with the definitions of the environment.',
    expected: ({ path, headers }, _real, halyard) => {
      const isTrusted = /my-own-secret|frontend-trusted/.test(String(headers?.authorization));
      return path.startsWith('/api/client/') && isTrusted && halyard.status === 403 ? halyard : undefined;
    },
  },
];

/** All of them, for the page in docs. */
export const intendedDifferences: readonly Omit<IntendedDifference, 'expected'>[] = [...everywhere, ...inModes];
