import { StateStoreError } from '../flags/state-store.ts';

/** Pieces taken between two pauses have about this many characters. */
const stretchCharacters = 512 * 1024;

/** Lets other work run. */
export function pauseForOthers(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Joins a text's pieces to stretches of bytes, with a pause after each.
 *
 * @throws StateStoreError when the text has more than `limitBytes`
 */
export async function* stretches(text: Iterable<string>, limitBytes: number): AsyncGenerator<Buffer, void, void> {
  let held = '';
  let total = 0;
  const take = () => {
    const bytes = Buffer.from(held);
    held = '';
    total += bytes.length;
    if (total > limitBytes) throw new StateStoreError(`the state is larger than ${limitBytes} bytes and is not kept`);
    return bytes;
  };
  for (const piece of text) {
    held += piece;
    if (held.length < stretchCharacters) continue;
    yield take();
    await pauseForOthers();
  }
  if (held !== '') yield take();
}

/** A text as one run of bytes. @throws StateStoreError when it has more than `limitBytes` */
export async function collect(text: Iterable<string>, limitBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stretches(text, limitBytes)) parts.push(part);
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}
