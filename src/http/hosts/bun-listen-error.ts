import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/**
 * Why Bun could not listen, in the form that Node has for it: scripts look for the code of a failure in its text, which
 * Bun's own texts leave out. Where a name has no address Bun gives the code of whatever failed before; so it is looked up here.
 *
 * @param error what Bun threw
 * @param address where to listen, for the text
 */
export async function bunListenError(error: unknown, address: string, host: string | undefined): Promise<Error> {
  const { code, message } = error as { code?: string; message: string };
  if (host !== undefined) {
    const { lookup } = await import('node:dns/promises');
    const failure = await lookup(host).then(
      () => undefined,
      (reason: NodeJS.ErrnoException) => reason.code ?? 'ENOTFOUND',
    );
    if (failure !== undefined) return listenError(failure, 'no address is known for', address);
  }
  // Node's name for it.
  const known = code === 'ERR_OUT_OF_RANGE' ? 'ERR_SOCKET_BAD_PORT' : code;
  // The system's words for it, which Bun gives for some listeners and not for others.
  const number = code === undefined ? undefined : constants.errno[code as keyof typeof constants.errno];
  const text = number === undefined ? undefined : getSystemErrorMap().get(-number)?.[1];
  return listenError(known, text ?? message, address);
}

function listenError(code: string | undefined, text: string, address: string): Error {
  return Object.assign(new Error(`listen ${code ?? 'failed'}: ${text} ${address}`), { code });
}
