/**
 * Where Halyard answers differently from the recording on purpose. This is the whole list: everything not named here
 * must be equal. `row` is the number in spec section 9.2 (1–26) or 11.3 (27–32).
 */
import { expect } from 'vitest';
import { weakEtag } from '../support/etag.ts';
import { fixture, type GoldenExchange, type GoldenResponse, type GoldenStartup, golden } from '../support/golden.ts';
import type { RawResponse } from '../support/http.ts';
import { bodyText, withoutTimes } from './golden/compare.ts';

interface Difference {
  readonly row: string;
  readonly reason: string;
}

interface ExchangeDifference extends Difference {
  /** The whole reply that Halyard gives instead. */
  readonly expected?: (exchange: GoldenExchange) => GoldenResponse;
  /** For replies whose text is not fixed. */
  readonly check?: (exchange: GoldenExchange, got: RawResponse) => void;
}

interface ContextDifference extends Difference {
  readonly context: unknown;
}

interface StartupDifference extends Difference {
  readonly args?: readonly string[];
  readonly expected: Partial<GoldenStartup>;
  /** A line that must be among those on stdout, besides the expected ones. */
  readonly warning?: RegExp;
}

const recorded = (name: string): GoldenResponse => {
  const exchange = golden.exchanges.find((candidate) => candidate.name === name);
  if (!exchange) throw new Error(`no exchange called ${name}`);
  return exchange.response;
};

const withStatus =
  (status: number) =>
  ({ response }: GoldenExchange): GoldenResponse => ({ ...response, status });

const withBody = (response: GoldenResponse, body: unknown): GoldenResponse => ({
  ...response,
  headers: { ...response.headers, etag: weakEtag(bodyText(body)) },
  body,
});

/** The recorded list plus `ip-list`, which a mapped IPv4 address now matches, at its place in upstream order. */
function withIpList({ response }: GoldenExchange): GoldenResponse {
  const order = fixture('main').features.map(({ name }) => name);
  const { toggles } = response.body as { toggles: { name: string }[] };
  const disabled = { name: 'disabled', enabled: false, feature_enabled: true, featureEnabled: true };
  const added = { name: 'ip-list', enabled: true, variant: disabled, impressionData: false };
  const place = toggles.findIndex(({ name }) => order.indexOf(name) > order.indexOf('ip-list'));
  return withBody(response, { toggles: [...toggles.slice(0, place), added, ...toggles.slice(place)] });
}

const mapped: ExchangeDifference = {
  row: '9.2 #12',
  reason: 'a peer reported as ::ffff:127.0.0.1 is the IPv4 address 127.0.0.1',
  expected: withIpList,
};

const exchanges: Readonly<Record<string, ExchangeDifference>> = {
  'client-features-without-segments': {
    row: '9.2 #4',
    reason: 'segments are passed on, so that consumers can evaluate toggles that use them',
    expected: ({ response }) =>
      withBody(response, { ...(response.body as object), segments: fixture('main').segments }),
  },
  'post-proxy-latin1-charset-500': {
    row: '9.2 #11',
    reason: 'an unsupported charset is the client’s fault',
    expected: withStatus(415),
  },
  'body-102401-bytes-500': {
    row: '9.2 #11',
    reason: 'a body that is too large is the client’s fault',
    expected: withStatus(413),
  },
  'environment-forced': mapped,
  'appname-default-from-config': mapped,
  'appname-client-wins': mapped,
  'dual-stack-listener-mapped-address-does-not-match-ipv4': mapped,
  'eval-head-query-ignored': {
    row: '9.2 #22',
    reason: 'HEAD answers as GET would: here for alice',
    expected: ({ response }) => {
      const get = recorded('eval-get-user-alice');
      const length = Buffer.byteLength(bodyText(get.body));
      const headers = { ...response.headers, etag: get.headers.etag ?? '', 'content-length': String(length) };
      return { ...response, headers };
    },
  },
  'get-prometheus': {
    row: '9.2 #24',
    reason:
      'metrics of use under new names stand beside the three old families, which stay; their help texts are our own',
    check: ({ response }, got) => {
      expect(got.status).toBe(200);
      const { etag, ...headers } = response.headers;
      expect(etag).toBeDefined();
      expect(got.headers).toMatchObject({ ...headers, etag: weakEtag(got.body) });
      const lines = new Set(withoutTimes(got.text).split('\n'));
      const missing = withoutTimes(String(response.body))
        .split('\n')
        .filter((line) => !lines.has(line) && !line.startsWith('# HELP'));
      expect(missing).toEqual([]);
    },
  },
  'openapi-json': {
    row: '9.2 #18',
    reason: 'the document describes what the server does; its frame, paths and schema names stay',
    check: ({ response }, got) => {
      expect(got.status).toBe(200);
      expect(got.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(got.headers.etag).toBe(weakEtag(got.body));
      for (const name of ['access-control-allow-origin', 'vary']) expect(got.headers[name]).toBeUndefined();
      const was = response.body as OpenApiFrame;
      const is = JSON.parse(got.text) as OpenApiFrame;
      expect(is.openapi).toBe(was.openapi);
      expect(is.servers).toEqual([]);
      expect(is.info.title).toBe(was.info.title);
      expect(is.components.securitySchemes).toEqual(was.components.securitySchemes);
      expect(is.tags.map(({ name }) => name)).toEqual(was.tags.map(({ name }) => name));
      expect(Object.keys(is.components.schemas)).toEqual(expect.arrayContaining(Object.keys(was.components.schemas)));
      for (const [path, methods] of Object.entries(was.paths)) {
        expect(Object.keys(is.paths[path] ?? {}), path).toEqual(expect.arrayContaining(Object.keys(methods)));
      }
    },
  },
};

interface OpenApiFrame {
  readonly openapi: string;
  readonly servers: unknown;
  readonly info: { readonly title: string };
  readonly tags: readonly { readonly name: string }[];
  readonly components: { readonly securitySchemes: unknown; readonly schemas: Record<string, unknown> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const contexts: Readonly<Record<string, ContextDifference>> = {
  'HEAD ?userId=1': {
    row: '9.2 #22',
    reason: 'HEAD reads its query as GET does',
    context: { userId: '1', remoteAddress: '127.0.0.1', properties: {} },
  },
};

const startup: Readonly<Record<string, StartupDifference>> = {
  'no-config': {
    row: 'issue 3',
    reason: 'without any configuration the plain command serves a demo; the command `proxy` insists on its variables',
    args: ['proxy'],
    expected: {},
  },
  'ok-info-json': {
    row: '9.2 #15',
    reason: 'JSON_LOGGER=false means off',
    expected: {
      stdoutLines: [
        'Unleash-proxy is listening on port {{PORT}}!',
        'INFO: Successfully synchronized with Unleash API. Proxy is now ready to receive traffic.',
      ],
    },
  },
  'fetch-interval-not-a-number': {
    row: '9.2 #7',
    reason: 'an invalid number means the default, with a warning',
    expected: { healthStatus: 200 },
    warning: /^WARN: .*UNLEASH_FETCH_INTERVAL/,
  },
  'fetch-interval-zero': {
    row: '9.2 #7',
    reason: 'an interval at which nothing would ever be fetched means the default, with a warning',
    expected: { healthStatus: 200 },
    warning: /^WARN: .*UNLEASH_FETCH_INTERVAL/,
  },
  'url-without-scheme': {
    row: 'issue 3',
    reason: 'the message goes on: it names the variable and says what belongs there',
    expected: {
      stdoutLines: [
        'Unleash-proxy is listening on port {{PORT}}!',
        'ERROR: TypeError: Unleash Repository error: Invalid URL: UNLEASH_URL has to be an address such as https://unleash.example.com/api',
      ],
    },
  },
};

/** Upstream requests: 9.2 #19. One connection id everywhere, a numeric interval on register, Halyard's own name. */
const upstream: Difference = {
  row: '9.2 #19',
  reason: 'one stable connection id, a numeric interval on register, an `unleash-sdk` of the form name:semver',
};

export const intendedDifferences = { exchanges, contexts, startup, upstream } as const;
