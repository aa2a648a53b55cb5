/**
 * Keeps the last good state of a flag system beyond the life of the process: a handful of named texts, in a folder, in
 * Redis or in a bucket. Implementations are in `store/`; a wing only sees this.
 *
 * Every operation is bounded in time and size and may fail; none is ever on the path of a request.
 */
export interface StateStore {
  /** What operators read in the log. Holds no credential. */
  readonly label: string;
  /**
   * The bytes of an entry.
   *
   * @param entry lower-case words joined with `-`, for example `unleash-tokens`
   * @returns undefined when there is none
   * @throws StateStoreError
   */
  load(entry: string): Promise<Uint8Array | undefined>;
  /**
   * Replaces an entry, whole or not at all.
   *
   * @param text the new text in pieces; consumed with pauses, so that a large state does not hold up requests
   * @throws StateStoreError
   */
  save(entry: string, text: Iterable<string>): Promise<void>;
  /**
   * Forgets an entry; one that does not exist is fine.
   *
   * @throws StateStoreError
   */
  remove(entry: string): Promise<void>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** The store cannot be used right now, or holds something that cannot be used. The message holds no credential. */
export class StateStoreError extends Error {
  override readonly name = 'StateStoreError';
}
