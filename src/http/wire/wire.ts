/** One connection as a runtime has it: what a {@link import('./connection.ts').Connection} writes to. */
export interface Wire {
  /**
   * Sends bytes after those that were sent before.
   *
   * @returns true where the system has taken everything: the bytes may be written over now. Otherwise they are in use, and
   * the connection is told once nothing waits any more
   */
  send(bytes: Uint8Array): boolean;
  /** Nothing is read until {@link resume}, so that the client waits. */
  pause(): void;
  resume(): void;
  /** Ends the sending side after what was sent. */
  end(): void;
  /** Closes. What the system has taken still reaches the client, however slowly it reads. */
  close(): void;
  /** Closes at once; what the client has not got yet may be lost. */
  destroy(): void;
  /**
   * Has the system look for the client from now on, also while nothing is sent.
   *
   * @param onGone called where the client has vanished
   * @returns a function that ends this
   */
  watch(onGone: () => void): () => void;
  /** How many bytes the system has not taken: fewer than before where the client reads. */
  readonly waitingBytes: number;
}
