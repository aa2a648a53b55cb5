/**
 * One event of a `text/event-stream`. The id comes with it, so that a client that comes back can say where it was.
 *
 * @param data without line breaks
 */
export function encodeEvent(name: string, data: string, id: number): Uint8Array {
  return Buffer.from(`id: ${id}\nevent: ${name}\ndata: ${data}\n\n`);
}

/** A comment: clients skip it. */
export const heartbeatBytes: Uint8Array = Buffer.from(':\n\n');
