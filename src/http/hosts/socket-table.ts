import { endianness } from 'node:os';
import ipaddr from 'ipaddr.js';

/** A connection whose peer has not confirmed everything that was sent to it. */
export interface WaitingConnection {
  /** See {@link connectionKey}. */
  readonly key: string;
  /** Sent and not confirmed, or not sent yet. */
  readonly queuedBytes: number;
  /** How often the oldest of it was sent again since the peer last confirmed anything. */
  readonly retries: number;
  /** The peer said that it has no room. */
  readonly isPeerFull: boolean;
}

const colon = 0x3a;
const newline = 0x0a;
const zero = 0x30;
const portLength = 4;
const addressLengths = { 'IPv4-lines': 8, 'IPv6-lines': 32 } as const;
const mappedPrefix = endianness() === 'LE' ? '0000000000000000FFFF0000' : '00000000000000000000FFFF';
/** Both sides are there; or the peer said that it sends no more, and may still read. */
const openStates = new Set(['01', '08']);
const peerFullTimer = '04';

/**
 * Reads the system's table of TCP connections (Linux: `/proc/net/tcp` and `/proc/net/tcp6`) piece by piece. Lines without
 * anything waiting, which nearly all are, cost a look at eight bytes.
 */
export class SocketTableReader {
  readonly #addressLength: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(kind: keyof typeof addressLengths) {
    this.#addressLength = addressLengths[kind];
  }

  /** @returns the connections in this piece with something waiting */
  feed(piece: Buffer): WaitingConnection[] {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const found: WaitingConnection[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      const connection = this.#line(bytes, start, end);
      if (connection !== undefined) found.push(connection);
      start = end + 1;
    }
    // Copied: the caller may use the piece's memory again.
    this.#rest = Buffer.from(bytes.subarray(start));
    return found;
  }

  /** `N: LOCAL:PORT REMOTE:PORT ST TXQUEUE:RXQUEUE TR:WHEN RETRANSMITS …`, in hexadecimal digits of fixed length. */
  #line(bytes: Buffer, start: number, end: number): WaitingConnection | undefined {
    const mark = bytes.indexOf(colon, start);
    if (mark === -1 || mark >= end) return undefined;
    const localPort = mark + 2 + this.#addressLength + 1;
    const remote = localPort + portLength + 1;
    const remotePort = remote + this.#addressLength + 1;
    const state = remotePort + portLength + 1;
    const queued = state + 3;
    if (isZero(bytes, queued, queued + 8)) return undefined;
    const text = (from: number, length: number) => bytes.toString('latin1', from, from + length);
    if (!openStates.has(text(state, 2))) return undefined;
    const timer = queued + 18;
    return {
      key: keyOf(text(remote, this.#addressLength), text(remotePort, portLength), text(localPort, portLength)),
      queuedBytes: Number.parseInt(text(queued, 8), 16),
      retries: Number.parseInt(text(timer + 12, 8), 16),
      isPeerFull: text(timer, 2) === peerFullTimer,
    };
  }
}

/**
 * Names a connection by its peer and the port here, as {@link SocketTableReader} does; undefined without an address. The
 * address here is not in it, which not every host can tell: a client would have to connect to two of them from one port.
 */
export function connectionKey(
  remoteAddress: string | undefined,
  remotePort: number | undefined,
  localPort: number | undefined,
): string | undefined {
  const [address = ''] = (remoteAddress ?? '').split('%');
  if (!ipaddr.isValid(address) || remotePort === undefined || localPort === undefined) return undefined;
  const words = Buffer.from(ipaddr.process(address).toByteArray());
  // The system prints numbers of its own byte order.
  if (endianness() === 'LE') words.swap32();
  return keyOf(words.toString('hex').toUpperCase(), hexPort(remotePort), hexPort(localPort));
}

function keyOf(remote: string, remotePort: string, localPort: string): string {
  return `${remote.startsWith(mappedPrefix) ? remote.slice(mappedPrefix.length) : remote}:${remotePort} ${localPort}`;
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(portLength, '0');
}

function isZero(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== zero) return false;
  return true;
}
