import { readFile } from 'node:fs/promises';
import type { Explanation } from '../flags/explanation.ts';
import { createCheckClient } from '../http/upstream/check-client.ts';
import { UpstreamError } from '../http/upstream/types.ts';
import type { ExplainResult } from '../operations/operator/explain.ts';

/** The server did not explain. The message says why, and what to do. */
export class ExplainServerError extends Error {
  override readonly name = 'ExplainServerError';
}

/** Whom to ask. */
export interface AskedServer {
  /** Base path included. */
  readonly url: string;
  readonly token: string | undefined;
  readonly caCertificateFile: string | undefined;
}

const tokenNeeded = 'an operator token of that Halyard is needed: give --token, or set HALYARD_OPERATOR_TOKEN';
const timeoutMs = 30_000;
const limitBytes = 32 * 1024 * 1024;

/**
 * Asks a running Halyard.
 *
 * @param body JSON of the question
 * @throws ExplainServerError
 */
export async function askServer(server: AskedServer, flag: string, body: string): Promise<ExplainResult> {
  const { url: base, token, caCertificateFile } = server;
  const url = `${base.replace(/\/+$/, '')}/halyard/explain/${encodeURIComponent(flag)}`;
  const headers: Record<string, string> = { 'Content-Type': 'application/json', Accept: 'application/json' };
  if (token !== undefined) headers.Authorization = `Bearer ${token}`;
  try {
    const ca = caCertificateFile === undefined ? undefined : await readFile(caCertificateFile, 'utf8');
    const send = createCheckClient(ca);
    const reply = await send({ method: 'POST', url, headers, body, timeoutMs, limitBytes });
    if (reply.status === 401 && token === undefined) throw new ExplainServerError(tokenNeeded);
    return readReply(base, reply.status, new TextDecoder().decode(reply.body));
  } catch (error) {
    if (error instanceof ExplainServerError) throw error;
    const reason = error instanceof UpstreamError ? error.message : (error as Error).message;
    throw new ExplainServerError(`${base} cannot be asked: ${reason}`);
  }
}

function readReply(base: string, status: number, text: string): ExplainResult {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new ExplainServerError(
      `${base} answered ${status} and no explanation. Is it a Halyard, with its base path, and are operator tools not switched off?`,
    );
  }
  if (status === 200) {
    const { text: _text, ...explanation } = value;
    return { ok: true, explanation: explanation as unknown as Explanation };
  }
  const { error, message } = value;
  if (typeof error !== 'string' || typeof message !== 'string') {
    throw new ExplainServerError(`${base} answered ${status} and no explanation. Is it a Halyard?`);
  }
  return { ok: false, status: status as 400, error, message };
}
