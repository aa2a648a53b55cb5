/** A collector on a real socket: takes what arrives as JSON or protobuf, and answers what a test wants. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decode, metricsRequest, traceRequest } from './decode.ts';

type Value = { readonly stringValue?: string; readonly intValue?: number | string; readonly boolValue?: boolean };
type Attributes = readonly { readonly key: string; readonly value: Value }[] | undefined;

/** One export as it came. */
export interface Export {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, decompressed. */
  readonly bytes: Buffer;
  /** Whether it was answered with 200. */
  readonly taken: boolean;
}

/** One span that came. */
export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  /** 2: server, 3: client. */
  readonly kind: number;
  readonly status?: { readonly code?: number };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

interface NumberPoint {
  readonly asDouble?: number;
  readonly asInt?: string | number;
  readonly attributes?: Attributes;
}
interface HistogramPoint {
  readonly count: string | number;
  readonly sum: number;
  readonly bucketCounts: readonly (string | number)[];
  readonly explicitBounds: readonly number[];
  readonly attributes?: Attributes;
}

/** One metric that came. */
export interface SeenMetric {
  readonly name: string;
  readonly unit?: string;
  readonly description?: string;
  readonly gauge?: { readonly dataPoints: readonly NumberPoint[] };
  readonly sum?: {
    readonly dataPoints: readonly NumberPoint[];
    readonly aggregationTemporality: number;
    readonly isMonotonic: boolean;
  };
  readonly histogram?: { readonly dataPoints: readonly HistogramPoint[]; readonly aggregationTemporality: number };
}

/** What to answer; `hang` never answers. */
export type Answer = { readonly status: number; readonly headers?: Record<string, string> } | 'hang';

export interface Collector {
  readonly origin: string;
  readonly exports: Export[];
  /** Chooses answers; 200 unless it is set. */
  answer: (one: Omit<Export, 'taken'>) => Answer;
  spans(): SeenSpan[];
  /** Metrics of the latest export of them, by name. */
  metrics(): Map<string, SeenMetric>;
  /** What says which service sent the latest metrics. */
  resource(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** @param tls serves HTTPS with this key and certificate */
export async function startCollector(
  port = 0,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Collector> {
  const exports: Export[] = [];
  const take: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      const one = { path: request.url ?? '', headers: request.headers, bytes };
      const answer = collector.answer(one);
      exports.push({ ...one, taken: answer !== 'hang' && answer.status === 200 });
      if (answer === 'hang') return;
      response.writeHead(answer.status, { 'content-type': request.headers['content-type'], ...answer.headers });
      response.end(isJson(one) ? '{}' : '');
    });
  };
  const server = tls === undefined ? createServer(take) : createTlsServer({ ...tls }, take);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const taken = (): Export[] => exports.filter((one) => one.taken);
  const collector: Collector = {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports,
    answer: () => ({ status: 200 }),
    spans: () =>
      taken()
        .filter(({ path }) => path.endsWith('/v1/traces'))
        .flatMap(spansOf),
    metrics: () => new Map(latest(taken())?.scopes.flatMap(({ metrics }) => metrics.map((one) => [one.name, one]))),
    resource: () => latest(taken())?.resource ?? {},
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return collector;
}

/** Attributes as an object. */
export function attributesOf(list: Attributes): Record<string, unknown> {
  return Object.fromEntries(
    (list ?? []).map(({ key, value }) => {
      const [one] = Object.values(value);
      return [key, 'intValue' in value ? Number(one) : one];
    }),
  );
}

/** The value of a point. */
export function numberOf({ asDouble, asInt }: NumberPoint): number {
  return Number(asDouble ?? asInt ?? 0);
}

function isJson({ headers }: Pick<Export, 'headers'>): boolean {
  return headers['content-type'] === 'application/json';
}

interface Traces {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: Attributes };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<SeenSpan, 'attributes'> & { attributes?: Attributes })[];
    }[];
  }[];
}
interface Metrics {
  readonly resourceMetrics: readonly {
    readonly resource?: { readonly attributes?: Attributes };
    readonly scopeMetrics: readonly { readonly metrics: readonly SeenMetric[] }[];
  }[];
}

function spansOf(one: Export): SeenSpan[] {
  const message = (isJson(one) ? JSON.parse(one.bytes.toString()) : decode(one.bytes, traceRequest)) as Traces;
  return message.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: attributesOf(span.attributes),
        resource: attributesOf(resource?.attributes),
      })),
    ),
  );
}

function latest(exports: readonly Export[]) {
  const one = exports.findLast(({ path }) => path.endsWith('/v1/metrics'));
  if (one === undefined) return undefined;
  const message = (isJson(one) ? JSON.parse(one.bytes.toString()) : decode(one.bytes, metricsRequest)) as Metrics;
  const [first] = message.resourceMetrics;
  return { scopes: first?.scopeMetrics ?? [], resource: attributesOf(first?.resource?.attributes) };
}
