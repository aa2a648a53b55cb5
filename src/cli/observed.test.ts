import { expect, it } from 'vitest';
import { resolveArguments, splitArguments } from '../config/command-line.ts';
import { edgeRootOptions } from '../config/edge-options.ts';
import { otlpTexts } from '../config/otlp-options.ts';
import { alone } from '../fleet/fleet.ts';
import { observed } from './observed.ts';

const read = (args: readonly string[], environment: Record<string, string> = {}) =>
  resolveArguments(edgeRootOptions, splitArguments(args, Object.values(edgeRootOptions)), environment);

it('is the same fleet where nothing is exported', async () => {
  expect(await observed(alone, {})).toBe(alone);
  expect(await observed(alone, otlpTexts({ OTEL_SERVICE_NAME: 'x' }))).toBe(alone);
});

it('certificates that cannot be read end the start, with what to look at', async () => {
  const texts = otlpTexts({ HALYARD_OTLP_ENDPOINT: 'https://c', OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem' });
  await expect(observed(alone, texts)).rejects.toThrow(
    'the file of OTEL_EXPORTER_OTLP_CERTIFICATE cannot be read (ENOENT): /nowhere/ca.pem',
  );
  const half = otlpTexts({ HALYARD_OTLP_ENDPOINT: 'https://c', OTEL_EXPORTER_OTLP_CLIENT_KEY: '/nowhere/key.pem' });
  await expect(observed(alone, half)).rejects.toThrow('go together: give both or none');
});

it('Edge takes flags, those of Edge 20, and the variables of OpenTelemetry', () => {
  const flags = read([
    '--otlp-endpoint',
    'http://a',
    '--otlp-sample-ratio',
    '0.2',
    '--otel-exporter-otlp-protocol',
    'http',
  ]);
  expect(flags).toMatchObject({ otlpEndpoint: 'http://a', otlpSampleRatio: '0.2', otlpProtocol: 'http' });
  expect(read(['--otel-exporter-otlp-endpoint', 'http://b']).otelEndpoint).toBe('http://b');
  expect(read([], { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' }).otlpEndpoint).toBe('http://c');
  expect(read([], { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', HALYARD_OTLP_ENDPOINT: 'http://d' }).otlpEndpoint).toBe(
    'http://d',
  );
});
