/** Without a request for this long, clients are taken to have gone elsewhere. */
const quietMs = 300;

/** Counts what a server that is being left still gets to do. */
export class Drain {
  /** True once clients are to leave. */
  active = false;
  #lastRequestMs = 0;

  /** Tells about a request while this is {@link active}. */
  touched(): void {
    this.#lastRequestMs = performance.now();
  }

  /** Becomes active. Resolves once no request has come for a while, or after `limitMs`. */
  start(limitMs: number): Promise<void> {
    this.active = true;
    const startMs = performance.now();
    this.#lastRequestMs = startMs;
    return new Promise((resolve) => {
      const look = () => {
        const now = performance.now();
        if (now - this.#lastRequestMs >= quietMs || now - startMs >= limitMs) resolve();
        else setTimeout(look, quietMs / 6);
      };
      look();
    });
  }
}
