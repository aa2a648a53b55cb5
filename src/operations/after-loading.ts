import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Less than this leaves nothing behind that is worth a pause. */
const largeBytes = 1024 * 1024;
/** Until then nothing refers to what a document was made from: neither its bytes nor the objects of its parts. */
const restMs = 400;

/**
 * Has memory tidied up once a large document was put in use for the first time. Reading one leaves as much behind as it
 * keeps, and a process that then has little to do would hold that for long: with 5,000 flags (4.6 MB) 7 MiB on Bun and
 * 10 MiB on Node. It is one pause of some 40 ms shortly after the start; later documents replace others while requests
 * are answered, and are left to the runtime.
 *
 * @param collect collects everything
 * @returns to be told of the size of each first document, in bytes
 */
export function tidyAfterLoading(collect: () => void): (bytes: number) => void {
  let waiting: NodeJS.Timeout | undefined;
  return (bytes) => {
    if (bytes < largeBytes) return;
    if (waiting !== undefined) {
      waiting.refresh();
      return;
    }
    waiting = setTimeout(() => {
      waiting = undefined;
      collect();
    }, restMs);
    waiting.unref();
  };
}

/** Collects all garbage of this process, on either runtime. */
export function collectEverything(): void {
  if (typeof Bun !== 'undefined') {
    const { fullGC } = createRequire(__filename)('bun:jsc') as { fullGC(): number };
    fullGC();
    return;
  }
  // Emptying pages is put off while a document is worked on.
  setFlagsFromString('--compact');
  // Node hands this out to new contexts only, while the option is on.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
