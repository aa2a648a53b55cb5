import { readFile } from 'node:fs/promises';
import { createCheckClient } from '../http/upstream/check-client.ts';
import { UpstreamError, type UpstreamResponse } from '../http/upstream/types.ts';
import type { CheckedServer } from './local-server.ts';

const timeoutMs = 5_000;
const limitBytes = 1024 * 1024;

/** A server that was checked is not well. The message says how. */
export class CheckError extends Error {
  override readonly name = 'CheckError';
}

/**
 * Resolves when a server is healthy.
 *
 * Source: Unleash Edge specification 3.1.
 *
 * @throws CheckError
 */
export async function checkHealth(
  { healthUrl: url }: CheckedServer,
  caCertificateFile: string | undefined,
): Promise<void> {
  const { status } = await ask(url, caCertificateFile, (reason) => `Failed to connect to ${url}: ${reason}`);
  if (status !== 200) throw new CheckError('Healthcheck had different status than 200');
}

/** Resolves when a server is ready for requests. @throws CheckError */
export async function checkReady(
  { readyUrl: url, tellsReadiness }: CheckedServer,
  caCertificateFile: string | undefined,
): Promise<void> {
  const { status, body } = await ask(
    url,
    caCertificateFile,
    (reason) => `Failed to connect to ready endpoint at ${url}. Failed with status ${reason}`,
  );
  if (status !== 200) throw new CheckError(`Ready check did not return 200 for ${url}. It returned ${status}`);
  if (!tellsReadiness) return;
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new CheckError(`The answer of the ready endpoint at ${url} could not be read`);
  }
  const found = (answer as { status?: unknown } | null)?.status;
  if (found !== 'READY') {
    throw new CheckError(`Ready check returned a different status than READY. It returned ${String(found)}`);
  }
}

async function ask(
  url: string,
  caCertificateFile: string | undefined,
  explain: (reason: string) => string,
): Promise<UpstreamResponse> {
  const ca = caCertificateFile === undefined ? undefined : await readFile(caCertificateFile, 'utf8');
  try {
    return await createCheckClient(ca)({ method: 'GET', url, headers: {}, timeoutMs, limitBytes });
  } catch (error) {
    throw new CheckError(explain(error instanceof UpstreamError ? error.message : String(error)));
  }
}
