import { runInSlices, type Slicing, type Steps } from '../../flags/steps.ts';
import { type DefinitionChange, diffDefinitions } from './diff-definitions.ts';
import type { OperatorEnvironment, OperatorFlag, OperatorMode } from './types.ts';

/** One flag that was added, removed or changed. */
export interface FlagChange {
  /** When it was noticed, in milliseconds since the epoch. */
  readonly atMs: number;
  /** Title of the mode. */
  readonly mode: string;
  readonly environment: string;
  readonly flag: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** What is different; undefined for flags that were added or removed. */
  readonly difference: DefinitionChange | undefined;
}

/** What was held when last looked at. */
interface Seen {
  readonly revision: number;
  readonly flags: ReadonlyMap<string, OperatorFlag>;
  /** When flags changed, for those that did since the start. */
  readonly changedAtMs: Map<string, number>;
}

/** Most changes that are kept. */
export const mostChanges = 50;

export interface ChangeLogOptions {
  readonly modes: readonly OperatorMode[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly slicing: Slicing;
}

/**
 * Notices which flags change, by looking at revisions from time to time: serving and loading know nothing of it.
 *
 * The definitions in use are referred to, not copied; those before them are let go as soon as they were compared. What
 * was there at the first look is no change.
 */
export class ChangeLog {
  readonly #options: ChangeLogOptions;
  readonly #seen = new Map<string, Seen>();
  #changes: FlagChange[] = [];
  #total = 0;
  #looking: Promise<void> | undefined;

  constructor(options: ChangeLogOptions) {
    this.#options = options;
  }

  /** The newest {@link mostChanges}, newest first. */
  get changes(): readonly FlagChange[] {
    return this.#changes;
  }

  /** How many there were since the start. */
  get total(): number {
    return this.#total;
  }

  /** When a flag last changed, in milliseconds since the epoch; undefined: not since the start. */
  changedAtMs(mode: OperatorMode, environment: string, flag: string): number | undefined {
    return this.#seen.get(keyOf(mode, environment))?.changedAtMs.get(flag);
  }

  /** Looks for changes. Resolves when all of them are noted. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const present = new Set<string>();
    for (const mode of this.#options.modes) {
      for (const environment of mode.environments()) {
        const key = keyOf(mode, environment.name);
        present.add(key);
        const { state } = environment;
        const seen = this.#seen.get(key);
        if (state === undefined || state.revision === seen?.revision) continue;
        await runInSlices(this.#compare(key, mode, environment, state.revision, seen), this.#options.slicing);
      }
    }
    for (const key of this.#seen.keys()) if (!present.has(key)) this.#seen.delete(key);
  }

  *#compare(
    key: string,
    { title }: OperatorMode,
    { name, flags }: OperatorEnvironment,
    revision: number,
    seen: Seen | undefined,
  ): Steps<void> {
    const found: FlagChange[] = [];
    const held = new Map<string, OperatorFlag>();
    // 20,000 flags in one go held requests up for 13 to 28 ms.
    for (const flag of flags()) {
      held.set(flag.name, flag);
      yield;
    }
    const changedAtMs = new Map<string, number>();
    if (seen !== undefined) {
      const atMs = this.#options.now();
      const note = (flag: string, kind: FlagChange['kind'], difference?: DefinitionChange) => {
        this.#total++;
        if (kind !== 'removed') changedAtMs.set(flag, atMs);
        if (found.length < mostChanges) found.push({ atMs, mode: title, environment: name, flag, kind, difference });
      };
      for (const [flag, definition] of held) {
        yield;
        const before = seen.flags.get(flag);
        const earlier = seen.changedAtMs.get(flag);
        if (earlier !== undefined) changedAtMs.set(flag, earlier);
        if (before === undefined) note(flag, 'added');
        else {
          for (const side of [before, definition]) if (side.prepare !== undefined) yield* side.prepare();
          const difference = differenceOf(before, definition, found.length < mostChanges);
          if (difference !== undefined) note(flag, 'changed', difference);
        }
      }
      for (const definition of held.values()) definition.release?.();
      for (const flag of seen.flags.keys()) {
        if (!held.has(flag)) note(flag, 'removed');
        yield;
      }
      this.#changes = [...found, ...this.#changes].slice(0, mostChanges);
    }
    this.#seen.set(key, { revision, flags: held, changedAtMs });
  }
}

/** @param inDetail false spares the work where nobody will read it */
function differenceOf(before: OperatorFlag, after: OperatorFlag, inDetail: boolean): DefinitionChange | undefined {
  const [old, fresh] = [before.fingerprint(), after.fingerprint()];
  if (old === fresh) return undefined;
  return inDetail ? diffDefinitions(old, fresh) : { fields: [], more: 0 };
}

function keyOf({ kind, title }: OperatorMode, environment: string): string {
  return JSON.stringify([kind, title, environment]);
}
