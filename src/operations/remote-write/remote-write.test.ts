import { describe, expect, test } from 'vitest';
import type { UpstreamRequest } from '../../http/upstream/types.ts';
import { manualTimers, recordingLogger } from '../../unleash/tokens/testing.ts';
import { collectEdgeFigures, prometheusText } from '../edge-prometheus.ts';
import { RequestFigures } from '../request-figures.ts';
import { RemoteWritePusher } from './pusher.ts';
import { snappyBlock } from './snappy.ts';

/** A reader of its own, after the two formats' descriptions: nothing of the writer is used. */
function unpackSnappy(bytes: Uint8Array): Buffer {
  const [length, start] = readVarint(bytes, 0);
  const parts: Uint8Array[] = [];
  for (let position = start; position < bytes.length; ) {
    const tag = bytes[position++] as number;
    if ((tag & 3) !== 0) throw new Error('not a literal');
    let size = tag >> 2;
    const extra = size < 60 ? 0 : size - 59;
    if (extra > 0) size = Buffer.from(bytes).readUIntLE(position, extra);
    position += extra;
    parts.push(bytes.subarray(position, position + size + 1));
    position += size + 1;
  }
  const unpacked = Buffer.concat(parts);
  expect(unpacked.length).toBe(length);
  return unpacked;
}

function readVarint(bytes: Uint8Array, start: number): [value: number, next: number] {
  let value = 0;
  for (let position = start, factor = 1; ; position++, factor *= 128) {
    const byte = bytes[position] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [value, position + 1];
  }
}

type Field = { readonly field: number; readonly value: number | Buffer };

function readMessage(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let position = 0; position < bytes.length; ) {
    const [tag, next] = readVarint(bytes, position);
    const field = tag >> 3;
    if ((tag & 7) === 1) {
      fields.push({ field, value: bytes.readDoubleLE(next) });
      position = next + 8;
    } else if ((tag & 7) === 0) {
      const [value, after] = readVarint(bytes, next);
      fields.push({ field, value });
      position = after;
    } else {
      const [length, data] = readVarint(bytes, next);
      fields.push({ field, value: bytes.subarray(data, data + length) });
      position = data + length;
    }
  }
  return fields;
}

function seriesOf(body: Uint8Array) {
  return readMessage(unpackSnappy(body)).map(({ value }) => {
    const fields = readMessage(value as Buffer);
    const labels = fields
      .filter(({ field }) => field === 1)
      .map((label) => readMessage(label.value as Buffer).map((part) => String(part.value)));
    const [sample = [] as Field[]] = fields
      .filter(({ field }) => field === 2)
      .map((entry) => readMessage(entry.value as Buffer));
    return {
      labels: Object.fromEntries(labels),
      names: labels.map(([name]) => name),
      values: sample.map(({ value: v }) => v),
    };
  });
}

const requests = new RequestFigures();
requests.count('/api/frontend', 'GET', 200, 3, 500);
requests.count('/api/frontend', 'GET', 200, 30_000, 500);
const figures = {
  requests,
  families: [
    { name: 'halyard_tokens', help: 'x', type: 'gauge' as const, read: () => [[{ a: 'quo"te' }, 7]] as const },
  ],
  constantLabels: { app_name: 'edge' },
};

function pusher(answer: () => Promise<number>) {
  const timers = manualTimers(1_700_000_000_123);
  const logger = recordingLogger();
  const sent: UpstreamRequest[] = [];
  const push = new RemoteWritePusher({
    url: 'http://prometheus/api/v1/write',
    intervalMs: 60_000,
    username: 'user',
    password: 'hush',
    labels: { app_name: 'other', zone: 'z' },
    collect: () => collectEdgeFigures(figures),
    send: async (request) => {
      sent.push(request);
      return { status: await answer(), header: () => undefined, body: new Uint8Array() };
    },
    timeoutMs: 1_000,
    timers,
    logger,
  });
  return { timers, logger, sent, push };
}

describe('remote write', () => {
  test('what is pushed can be read: sorted labels, values and the time', async () => {
    const { timers, sent, push } = pusher(async () => 204);
    push.start();
    await timers.advance(60_000);
    expect(sent[0]?.headers).toMatchObject({
      'Content-Encoding': 'snappy',
      'Content-Type': 'application/x-protobuf',
      Authorization: `Basic ${Buffer.from('user:hush').toString('base64')}`,
    });
    const series = seriesOf(sent[0]?.bytes ?? new Uint8Array());
    for (const { names } of series) expect(names).toEqual([...names].sort());
    expect(series).toContainEqual(
      expect.objectContaining({
        labels: { __name__: 'halyard_tokens', a: 'quo"te', app_name: 'other', zone: 'z' },
        values: [7, 1_700_000_060_123],
      }),
    );
    const total = series.find(({ labels }) => labels.__name__ === 'http_requests_total');
    expect(total?.labels).toMatchObject({ app_name: 'edge', endpoint: '/api/frontend', status: '200' });
    expect(total?.values[0]).toBe(2);
    push.stop();
  });

  test('failures are logged without the password, and pushing goes on', async () => {
    let status = 500;
    const { timers, logger, sent, push } = pusher(async () => {
      if (status === 0) throw new Error('nobody there');
      return status;
    });
    push.start();
    await timers.advance(60_000);
    status = 0;
    await timers.advance(60_000);
    expect(sent).toHaveLength(2);
    expect(logger.lines).toHaveLength(2);
    expect(logger.lines.join()).not.toContain('hush');
    push.stop();
    await timers.advance(600_000);
    expect(sent).toHaveLength(2);
  });

  test('blocks of any size survive', () => {
    for (const size of [0, 1, 59, 60, 65_536, 65_537, 200_001]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
      expect(Buffer.compare(unpackSnappy(snappyBlock(bytes)), Buffer.from(bytes))).toBe(0);
    }
  });

  test('the same figures as text', () => {
    const text = prometheusText(collectEdgeFigures(figures));
    expect(text).toContain('halyard_tokens{a="quo\\"te"} 7');
    expect(text).toContain(
      'http_server_duration_milliseconds_bucket{endpoint="/api/frontend",method="GET",status="200",app_name="edge",le="5"} 1',
    );
    expect(text).toContain('le="+Inf"} 2');
  });
});
