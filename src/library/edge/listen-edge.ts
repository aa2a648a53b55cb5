import { readFile, stat } from 'node:fs/promises';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { Listen, Listening, ListenOptions, ServerTls } from '../../http/hosts/types.ts';
import type { HttpHandler } from '../../http/types.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { FollowedFile } from '../../store/followed-file.ts';
import { EdgeStartupError } from '../../unleash/edge/service.ts';
import { tellingOfLostStreams } from '../lost-streams.ts';
import type { EdgeServerSettings } from './assemble-edge.ts';

/** The open listeners of an Edge. */
export interface EdgeListening {
  /** Port for HTTP, and for HTTPS where it is served. */
  readonly port: number | undefined;
  readonly tlsPort: number | undefined;
  close(graceMs: number): Promise<void>;
}

/**
 * How often certificate files are looked at. They are not watched: key and certificate are two files, written one after
 * the other, and whoever looks in between finds a pair that does not belong together.
 */
const certificateLookMs = 5_000;

/**
 * Listens for HTTP and, with `--tls-enable`, for HTTPS too. Certificate files are followed: a new certificate is used
 * for new connections, one that cannot be used is logged and the old one stays.
 *
 * Source: Unleash Edge specification 4.5.
 *
 * @throws EdgeStartupError, and the system's error when it cannot listen
 */
export async function listenEdge(
  handler: HttpHandler,
  settings: EdgeServerSettings,
  logger: Logger,
  listen: Listen,
): Promise<EdgeListening> {
  const common: Omit<ListenOptions, 'port'> = {
    host: settings.interface,
    keepAliveTimeoutMs: settings.edgeKeepaliveTimeout * 1000,
    headTimeoutMs: settings.edgeRequestTimeout * 1000,
    http: settings.http,
    onError: (error) => tell(logger, logEvents.requestFailed, error),
  };
  const tls = settings.tlsEnable ? await readCertificate(settings) : undefined;
  const plain = tellingOfLostStreams(await listen(handler, { ...common, port: settings.port }), logger);
  if (tls === undefined) return { port: plain.port, tlsPort: undefined, close: (graceMs) => plain.close(graceMs) };
  const secure = await listen(handler, { ...common, port: settings.tlsServerPort, tls }).catch(async (error) => {
    await plain.close(0);
    throw error;
  });
  const file = await followCertificate(settings, secure, logger);
  return {
    port: plain.port,
    tlsPort: secure.port,
    async close(graceMs) {
      file.stop();
      await Promise.all([plain.close(graceMs), secure.close(graceMs)]);
    },
  };
}

async function readCertificate({ tlsServerKey, tlsServerCert }: EdgeServerSettings): Promise<ServerTls> {
  if (tlsServerKey === undefined || tlsServerCert === undefined) {
    throw new EdgeStartupError('--tls-enable needs --tls-server-key and --tls-server-cert');
  }
  try {
    const [key, cert] = await Promise.all([readFile(tlsServerKey, 'utf8'), readFile(tlsServerCert, 'utf8')]);
    return await usable(tlsServerKey, tlsServerCert, { key, cert });
  } catch (error) {
    if (error instanceof EdgeStartupError) throw error;
    throw new EdgeStartupError(`the server certificate cannot be read: ${(error as Error).message}`);
  }
}

/** What listens does not say which file it could not use. */
async function usable(keyFile: string, certFile: string, tls: ServerTls): Promise<ServerTls> {
  const { createSecureContext } = await import('node:tls');
  try {
    createSecureContext(tls);
    return tls;
  } catch (error) {
    throw new EdgeStartupError(
      `--tls-server-key ${keyFile} and --tls-server-cert ${certFile} have to be a PEM key and its certificate: ${(error as Error).message}`,
    );
  }
}

async function followCertificate(
  settings: EdgeServerSettings,
  listening: Listening,
  logger: Logger,
): Promise<FollowedFile> {
  const paths = [settings.tlsServerKey ?? '', settings.tlsServerCert ?? ''];
  let started = false;
  const file = new FollowedFile({
    stamp: async () =>
      (await Promise.all(paths.map((path) => stat(path))))
        .map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`)
        .join(),
    read: async () => '',
    accept: async () => {
      if (started) {
        listening.replaceTls?.(await readCertificate(settings));
        tell(logger, logEvents.certificateReplaced, 'The server certificate was replaced');
      }
      started = true;
    },
    onProblem: (error) =>
      tell(
        logger,
        logEvents.certificateUnusable,
        `The new server certificate cannot be used, the old one stays: ${(error as Error).message}`,
      ),
    schedule: systemTimers.set,
    intervalMs: certificateLookMs,
  });
  await file.start();
  return file;
}
