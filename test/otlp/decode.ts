/** Reads protobuf messages of OTLP without the library that wrote them, into the shape that OTLP has as JSON. */

type Kind = 'string' | 'hex' | 'bool' | 'int' | 'fixed64' | 'double' | 'fixed64s' | 'doubles' | 'fixed32' | Message;
/** Fields by number: name, kind, and whether there may be several. */
type Message = { readonly [number: number]: readonly [name: string, kind: () => Kind, repeated?: true] };

const is =
  (kind: Kind): (() => Kind) =>
  () =>
    kind;

const anyValue: Message = {
  1: ['stringValue', is('string')],
  2: ['boolValue', is('bool')],
  3: ['intValue', is('int')],
  4: ['doubleValue', is('double')],
};
const keyValue: Message = { 1: ['key', is('string')], 2: ['value', is(anyValue)] };
const attributes = ['attributes', is(keyValue), true] as const;
const resource: Message = { 1: attributes };
const scope: Message = { 1: ['name', is('string')], 2: ['version', is('string')] };
const status: Message = { 2: ['message', is('string')], 3: ['code', is('int')] };
const span: Message = {
  1: ['traceId', is('hex')],
  2: ['spanId', is('hex')],
  3: ['traceState', is('string')],
  4: ['parentSpanId', is('hex')],
  5: ['name', is('string')],
  6: ['kind', is('int')],
  7: ['startTimeUnixNano', is('fixed64')],
  8: ['endTimeUnixNano', is('fixed64')],
  9: attributes,
  15: ['status', is(status)],
};
const scopeSpans: Message = { 1: ['scope', is(scope)], 2: ['spans', is(span), true] };
const resourceSpans: Message = { 1: ['resource', is(resource)], 2: ['scopeSpans', is(scopeSpans), true] };
/** `ExportTraceServiceRequest`. */
export const traceRequest: Message = { 1: ['resourceSpans', is(resourceSpans), true] };

const numberPoint: Message = {
  2: ['startTimeUnixNano', is('fixed64')],
  3: ['timeUnixNano', is('fixed64')],
  4: ['asDouble', is('double')],
  6: ['asInt', is('fixed64')],
  7: attributes,
};
const histogramPoint: Message = {
  2: ['startTimeUnixNano', is('fixed64')],
  3: ['timeUnixNano', is('fixed64')],
  4: ['count', is('fixed64')],
  5: ['sum', is('double')],
  6: ['bucketCounts', is('fixed64s')],
  7: ['explicitBounds', is('doubles')],
  9: attributes,
};
const gauge: Message = { 1: ['dataPoints', is(numberPoint), true] };
const sum: Message = {
  1: ['dataPoints', is(numberPoint), true],
  2: ['aggregationTemporality', is('int')],
  3: ['isMonotonic', is('bool')],
};
const histogram: Message = {
  1: ['dataPoints', is(histogramPoint), true],
  2: ['aggregationTemporality', is('int')],
};
const metric: Message = {
  1: ['name', is('string')],
  2: ['description', is('string')],
  3: ['unit', is('string')],
  5: ['gauge', is(gauge)],
  7: ['sum', is(sum)],
  9: ['histogram', is(histogram)],
};
const scopeMetrics: Message = { 1: ['scope', is(scope)], 2: ['metrics', is(metric), true] };
const resourceMetrics: Message = { 1: ['resource', is(resource)], 2: ['scopeMetrics', is(scopeMetrics), true] };
/** `ExportMetricsServiceRequest`. */
export const metricsRequest: Message = { 1: ['resourceMetrics', is(resourceMetrics), true] };

/** One message. Fields that are not in its table are skipped. */
export function decode(bytes: Buffer, message: Message): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    const part = bytes.subarray(at, at + length);
    if (part.length < length) throw new Error('the message is cut off');
    at += length;
    return part;
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    const raw = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : varint());
    const field = message[tag >>> 3];
    if (field === undefined) continue;
    const [name, kind, repeated] = field;
    const value = read(raw, kind());
    if (repeated === true) result[name] = [...((result[name] as unknown[] | undefined) ?? []), value];
    else result[name] = value;
  }
  return result;
}

function read(raw: Buffer | number, kind: Kind): unknown {
  if (typeof raw === 'number') return kind === 'bool' ? raw === 1 : raw;
  switch (kind) {
    case 'string':
      return raw.toString('utf8');
    case 'hex':
      return raw.toString('hex');
    case 'fixed64':
      return String(raw.readBigInt64LE());
    case 'double':
      return raw.readDoubleLE();
    case 'fixed32':
      return raw.readUInt32LE();
    case 'fixed64s':
      return eights(raw).map((part) => String(part.readBigUInt64LE()));
    case 'doubles':
      return eights(raw).map((part) => part.readDoubleLE());
    default:
      return decode(raw, kind as Message);
  }
}

function eights(raw: Buffer): Buffer[] {
  return Array.from({ length: raw.length / 8 }, (_, place) => raw.subarray(place * 8, place * 8 + 8));
}
