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
  // Bun has "EADDRNOTAVAIL: address not available, listen", and sometimes more around it.
  const text =
    code === 'EADDRINUSE' ? 'address already in use' : (/^E[A-Z]+: (.+), listen/.exec(message)?.[1] ?? message);
  return listenError(known, text, address);
}

function listenError(code: string | undefined, text: string, address: string): Error {
  return Object.assign(new Error(`listen ${code ?? 'failed'}: ${text} ${address}`), { code });
}
