/** What is remembered for the whole fleet under one name, and for how much longer. */
export interface Remembered {
  readonly bytes: Uint8Array;
  readonly leftMs: number;
}

/**
 * What the members of a fleet have in common: answers that expire, leases, and messages. Every promise rejects when the
 * memory cannot be reached; nothing waits for it longer than a few seconds.
 */
export interface SharedMemory {
  read(name: string): Promise<Remembered | undefined>;
  /** Takes the lease of a name for `ms`. False when another member has it. */
  take(name: string, owner: string, ms: number): Promise<boolean>;
  /** Keeps a lease for another `ms`. False when it is somebody else's by now. */
  renew(name: string, owner: string, ms: number): Promise<boolean>;
  /** Gives a lease back, if it is still this owner's. */
  release(name: string, owner: string): Promise<void>;
  /**
   * Remembers an answer for `ms`, gives the lease back and tells all members `message`, in one step. Does nothing and
   * resolves to false when the lease is somebody else's by now: a member that was stopped for a while must not replace
   * what its successor wrote.
   */
  write(name: string, owner: string, bytes: Uint8Array, ms: number, message: string): Promise<boolean>;
  /**
   * Calls back for each message of any member, this one included; and when messages come again after some may have
   * been lost.
   */
  onMessage(listener: (message: string) => void, onHeardAgain: () => void): void;
  close(): void;
}
