import type { Filled } from '../../flags/filled.ts';

/** Roughly what a toggle and a variant take besides their names. */
const toggleBytes = 250;
const variantBytes = 60;

/** Counts of one toggle. */
export interface ToggleUsage {
  yes: number;
  no: number;
  readonly variants: Map<string, number>;
}

/** Bounds of what is counted; past them counts go to {@link Usage.dropped}. Names come from clients. */
export interface UsageLimits {
  readonly toggles: number;
  readonly variantsPerToggle: number;
  /**
   * Longest name of a toggle or variant, in characters. All names together may have this many times the number of
   * toggles.
   */
  readonly nameLength: number;
}

/** Counts of one window of time. */
export interface UsageBucket {
  readonly startMs: number;
  readonly toggles: Map<string, ToggleUsage>;
}

/**
 * Counts how often toggles were on and off, in memory that does not grow without bound. What was taken for sending and
 * could not be sent is put back and adds up with what came in meanwhile.
 */
export class Usage {
  /** Counts that found no room, since the start. */
  dropped = 0;
  readonly #limits: UsageLimits;
  readonly #now: () => number;
  #bucket: UsageBucket;
  /** Characters of all names in the open window. */
  #characters = 0;
  #variants = 0;

  /** @param now milliseconds since the epoch */
  constructor(limits: UsageLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#bucket = { startMs: now(), toggles: new Map() };
  }

  /** Number of toggles counted in the open window. */
  get size(): number {
    return this.#bucket.toggles.size;
  }

  /** Toggles, and characters of all names, in the open window. */
  get filled(): { readonly toggles: Filled; readonly characters: Filled } {
    const { toggles, nameLength } = this.#limits;
    return {
      toggles: { used: this.size, limit: toggles },
      characters: { used: this.#characters, limit: nameLength * toggles },
    };
  }

  /** Memory of the open window in bytes, about. */
  get heldBytes(): number {
    return 2 * this.#characters + toggleBytes * this.size + variantBytes * this.#variants;
  }

  count(name: string, yes: number, no: number): void {
    const usage = this.#toggle(name);
    if (usage === undefined) {
      this.dropped = plus(this.dropped, plus(yes, no));
      return;
    }
    usage.yes = plus(usage.yes, yes);
    usage.no = plus(usage.no, no);
  }

  countVariant(name: string, variant: string, count: number): void {
    const variants = this.#toggle(name)?.variants;
    const known = variants?.get(variant);
    const hasRoom =
      known !== undefined || ((variants?.size ?? 0) < this.#limits.variantsPerToggle && this.#take(variant));
    if (variants === undefined || !hasRoom) {
      this.dropped = plus(this.dropped, count);
      return;
    }
    if (known === undefined) this.#variants++;
    variants.set(variant, plus(known ?? 0, count));
  }

  /** Closes the window and opens a new one. @returns undefined when nothing was counted; the window then just moves */
  take(): UsageBucket | undefined {
    const taken = this.#bucket;
    this.#bucket = { startMs: this.#now(), toggles: new Map() };
    this.#characters = 0;
    this.#variants = 0;
    return taken.toggles.size === 0 ? undefined : taken;
  }

  /** Puts back a window that could not be sent. The open window then starts where that one did. */
  putBack(bucket: UsageBucket): void {
    const since = this.#bucket;
    this.#bucket = { startMs: Math.min(bucket.startMs, since.startMs), toggles: bucket.toggles };
    this.#characters = charactersOf(bucket);
    this.#variants = variantsOf(bucket);
    for (const [name, usage] of since.toggles) {
      this.count(name, usage.yes, usage.no);
      for (const [variant, count] of usage.variants) this.countVariant(name, variant, count);
    }
  }

  #toggle(name: string): ToggleUsage | undefined {
    const { toggles } = this.#bucket;
    let usage = toggles.get(name);
    if (usage === undefined && toggles.size < this.#limits.toggles && this.#take(name)) {
      usage = { yes: 0, no: 0, variants: new Map() };
      toggles.set(name, usage);
    }
    return usage;
  }

  /** Takes room for a name. @returns false when there is none */
  #take(name: string): boolean {
    const { nameLength, toggles } = this.#limits;
    const characters = this.#characters + name.length;
    if (name.length > nameLength || characters > nameLength * toggles) return false;
    this.#characters = characters;
    return true;
  }
}

function variantsOf({ toggles }: UsageBucket): number {
  let count = 0;
  for (const { variants } of toggles.values()) count += variants.size;
  return count;
}

function charactersOf({ toggles }: UsageBucket): number {
  let characters = 0;
  for (const [name, { variants }] of toggles) {
    characters += name.length;
    for (const variant of variants.keys()) characters += variant.length;
  }
  return characters;
}

/** Adds without leaving the range in which every integer is exact. */
function plus(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
