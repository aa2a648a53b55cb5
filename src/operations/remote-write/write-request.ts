import type { CollectedFamily } from '../edge-prometheus.ts';
import { varint } from './snappy.ts';

const encoder = new TextEncoder();

/**
 * Figures as the protobuf message `WriteRequest` of Prometheus remote write 1.0: one time series per sample, its labels
 * sorted by name.
 *
 * @param extra put on every series that has no such label
 * @param nowMs milliseconds since the epoch
 */
export function writeRequest(
  families: readonly CollectedFamily[],
  extra: Readonly<Record<string, string>>,
  nowMs: number,
): Uint8Array {
  const series = families.flatMap(({ samples }) =>
    samples.map(({ name, labels, value }) => {
      const all: Record<string, string | number> = { ...extra, ...labels, __name__: name };
      const pairs = Object.keys(all)
        .sort()
        .map((label) => message(1, Buffer.concat([text(1, label), text(2, String(all[label]))])));
      return message(1, Buffer.concat([...pairs, message(2, sample(value, nowMs))]));
    }),
  );
  return Buffer.concat(series);
}

/** Field 1: the value as a double; field 2: the time. */
function sample(value: number, nowMs: number): Uint8Array {
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  return Buffer.concat([Uint8Array.of((1 << 3) | 1), double, Uint8Array.of(2 << 3), varint(nowMs)]);
}

function text(field: number, value: string): Uint8Array {
  return message(field, encoder.encode(value));
}

function message(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((field << 3) | 2), varint(bytes.length), bytes]);
}
