import { EvaluationCounts } from '../../flags/evaluations.ts';
import { SnapshotSlot } from '../../flags/snapshot.ts';
import type { KeyKind } from './flag-text.ts';
import type { ServedEnvironment } from './served-environment.ts';

/** An environment's place in the registry; its state may not be there yet. */
export interface RegisteredEnvironment {
  readonly clientKey: string;
  readonly slot: SnapshotSlot<ServedEnvironment>;
  /** Where evaluations are counted: those of Flagsmith's API, and those of OpenFeature. */
  readonly evaluations: { readonly flagsmith: EvaluationCounts; readonly ofrep: EvaluationCounts };
}

/** What a key that was sent stands for. */
export interface KeyMatch {
  readonly kind: KeyKind;
  readonly registered: RegisteredEnvironment;
}

/** The keys of one environment. */
export interface EnvironmentKeys {
  readonly clientKey: string;
  readonly serverKeys: readonly string[];
}

const serverPrefix = 'ser.';

/** Finds environments by the keys that SDKs send (spec section 2.4). */
export class EnvironmentRegistry {
  readonly #environments = new Map<string, RegisteredEnvironment>();
  readonly #clientKeyOf = new Map<string, string>();
  readonly #now: () => number;
  readonly #published: ((clientKey: string) => void)[] = [];
  readonly #revoked: ((key: string) => void)[] = [];

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Number of environments. */
  get size(): number {
    return this.#environments.size;
  }

  /** All environments in the order they were registered. */
  [Symbol.iterator](): IterableIterator<RegisteredEnvironment> {
    return this.#environments.values();
  }

  /** Registers an environment, or replaces the server keys of one; what it serves stays. */
  register({ clientKey, serverKeys }: EnvironmentKeys): RegisteredEnvironment {
    let registered = this.#environments.get(clientKey);
    if (registered === undefined) {
      registered = {
        clientKey,
        slot: new SnapshotSlot<ServedEnvironment>(this.#now),
        evaluations: { flagsmith: new EvaluationCounts(), ofrep: new EvaluationCounts() },
      };
      this.#environments.set(clientKey, registered);
      registered.slot.onPublish(() => tell(this.#published, clientKey));
    }
    this.#dropServerKeys(clientKey, serverKeys);
    for (const key of serverKeys) this.#clientKeyOf.set(key, clientKey);
    return registered;
  }

  /** Stops serving an environment; its state goes with it. */
  remove(clientKey: string): void {
    const wasThere = this.#environments.delete(clientKey);
    this.#dropServerKeys(clientKey, []);
    if (!wasThere) return;
    tell(this.#revoked, clientKey);
    tell(this.#published, clientKey);
  }

  /** Calls back with the client key when an environment got another state, or is gone. */
  onPublish(listener: (clientKey: string) => void): void {
    this.#published.push(listener);
  }

  /** Calls back with each key that is valid no longer. */
  onRevoked(listener: (key: string) => void): void {
    this.#revoked.push(listener);
  }

  /** The environment with this client key. */
  get(clientKey: string): RegisteredEnvironment | undefined {
    return this.#environments.get(clientKey);
  }

  /**
   * What a key stands for. The prefix alone decides about its kind; undefined when nobody knows it. The environment
   * found may still have no state.
   */
  find(key: string): KeyMatch | undefined {
    const server = key.startsWith(serverPrefix);
    const clientKey = server ? this.#clientKeyOf.get(key) : key;
    const registered = clientKey === undefined ? undefined : this.#environments.get(clientKey);
    return registered === undefined ? undefined : { kind: server ? 'server' : 'client', registered };
  }

  #dropServerKeys(clientKey: string, kept: readonly string[]): void {
    for (const [key, owner] of this.#clientKeyOf) {
      if (owner !== clientKey) continue;
      this.#clientKeyOf.delete(key);
      if (!kept.includes(key)) tell(this.#revoked, key);
    }
  }
}

function tell(listeners: readonly ((key: string) => void)[], key: string): void {
  for (const listener of listeners) listener(key);
}
