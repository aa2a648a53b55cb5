import { bunListenError } from './bun-listen-error.ts';
import { isSocketPath } from './socket-path.ts';
import type { ListenOptions } from './types.ts';

/** Where to listen, as Bun takes it. */
export type BunAddress = { readonly unix: string } | { readonly hostname: string; readonly port: number };

/**
 * Opens a listener of Bun's. All interfaces means both families; a machine without IPv6 gets the one it has.
 *
 * @throws the system's error, in the form that Node has for it
 */
export async function openOnBun<Listener>(
  { port, host }: Pick<ListenOptions, 'port' | 'host'>,
  open: (address: BunAddress) => Listener,
): Promise<Listener> {
  const onPath = isSocketPath(port);
  const openAt = (hostname: string) => open({ hostname, port: Number(port) });
  try {
    return onPath ? open({ unix: String(port) }) : host === undefined ? openAny(openAt) : openAt(host);
  } catch (error) {
    const address = onPath ? String(port) : `${host ?? '::'}:${port}`;
    throw await bunListenError(error, address, onPath ? undefined : host);
  }
}

function openAny<Listener>(openAt: (hostname: string) => Listener): Listener {
  try {
    return openAt('::');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EADDRINUSE') throw error;
    return openAt('0.0.0.0');
  }
}
