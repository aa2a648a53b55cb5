import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { OtlpSettingError } from '../config/otlp-settings.ts';
import type { Fleet, FleetLog } from '../fleet/fleet.ts';
import { OwnFigures } from '../fleet/group-figures.ts';
import { createUpstreamClient } from '../http/upstream/client.ts';
import type { UpstreamTls } from '../http/upstream/types.ts';
import type { OtlpSettings } from '../operations/otlp/settings.ts';
import { startTelemetry } from '../operations/otlp/telemetry.ts';
import { systemTimers } from '../operations/system-timers.ts';
import { version } from '../version.ts';

const compress = promisify(gzip);

/**
 * A fleet whose processes export what OpenTelemetry is to know: spans of their own each, and metrics once for all of
 * them. To be loaded only where export is on.
 *
 * @throws OtlpSettingError when a certificate cannot be read
 */
export async function observe(fleet: Fleet, settings: OtlpSettings, basePaths: readonly string[]): Promise<Fleet> {
  const { primary, share } = fleet;
  const figures = primary === undefined && share === undefined ? new OwnFigures() : fleet.figures;
  // What is told before there is a log is told where errors of the start are.
  let log: FleetLog = consoleLog;
  const tls = await readTls(settings);
  const telemetry = startTelemetry({
    settings,
    version,
    basePaths: [...new Set([...basePaths, ''])],
    instanceId: randomUUID(),
    collect: primary === undefined ? () => figures.collect() : undefined,
    send: createUpstreamClient({ rejectUnauthorized: true, tls }),
    gzip: compress,
    log: () => log,
    timers: systemTimers,
    random: Math.random,
  });
  const { instruments } = telemetry;
  return {
    ...fleet,
    figures,
    instruments,
    // Of a group it is the workers that answer.
    listen: (handler, options) => fleet.listen(share === undefined ? instruments.serve(handler) : handler, options),
    logTo: (given) => {
      log = given;
      fleet.logTo(given);
    },
    async ended(limitMs) {
      // What was counted since the primary last asked. First: a collector may need all the time there is.
      await primary?.ask('last-figures', await figures.collect()).catch(() => undefined);
      await telemetry.stop(limitMs);
      await fleet.ended(limitMs);
    },
  };
}

const consoleLog: FleetLog = {
  warn: console.error,
  error: console.error,
  logEvent: ({ code }, message) => console.error(`${message} [${code}]`),
};

async function readTls({ tls }: OtlpSettings): Promise<UpstreamTls> {
  const { caFile, certFile, keyFile } = tls;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new OtlpSettingError(
      'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY go together: give both or none',
    );
  }
  const [ca, cert, key] = await Promise.all([
    read('OTEL_EXPORTER_OTLP_CERTIFICATE', caFile),
    read('OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', certFile),
    read('OTEL_EXPORTER_OTLP_CLIENT_KEY', keyFile),
  ]);
  return {
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    ...(cert === undefined ? {} : { cert, key }),
  };
}

async function read(variable: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return readFile(file, 'utf8').catch((error: { readonly code?: string }) => {
    throw new OtlpSettingError(`the file of ${variable} cannot be read (${error.code ?? 'unknown'}): ${file}`);
  });
}
