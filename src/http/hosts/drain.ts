/** Looks in a row without a request, after which clients are taken to have gone elsewhere: 300 ms, and more when busy. */
const quietLooks = 6;
const lookMs = 50;

/** Counts what a server that is being left still gets to do. */
export class Drain {
  /** True once clients are to leave. */
  active = false;
  #quietLooks = 0;

  /** Tells about a request while this is {@link active}. */
  touched(): void {
    this.#quietLooks = 0;
  }

  /** Becomes active. Resolves once no request has come for a while, or after `limitMs`. */
  start(limitMs: number): Promise<void> {
    this.active = true;
    const startMs = performance.now();
    this.#quietLooks = 0;
    return new Promise((resolve) => {
      // Looks are counted, not time: after a pause of the whole process, requests wait that nobody could take yet.
      const look = () => {
        if (this.#quietLooks++ >= quietLooks || performance.now() - startMs >= limitMs) resolve();
        else setTimeout(look, lookMs);
      };
      look();
    });
  }
}
