import ipaddr from 'ipaddr.js';

/** Bounds of {@link WrongAttempts}. */
export interface AttemptLimits {
  /** Wrong attempts of one address before it has to wait. */
  readonly perAddress: number;
  /** They are counted, and waited for, over this long. */
  readonly windowMs: number;
  /** Most addresses remembered; the one that was counted longest ago is forgotten first. */
  readonly addresses: number;
}

/** Ten guesses a minute, for at most a thousand addresses at a time. */
export const usualAttemptLimits: AttemptLimits = { perAddress: 10, windowMs: 60_000, addresses: 1_000 };

interface Window {
  count: number;
  readonly endsMs: number;
}

/** Counts wrong credentials per address, so that guessing is slow. IPv6 addresses count by their network of 64 bits. */
export class WrongAttempts {
  readonly #windows = new Map<string, Window>();
  readonly #limits: AttemptLimits;
  readonly #now: () => number;

  /** @param now milliseconds since any fixed moment */
  constructor(now: () => number, limits = usualAttemptLimits) {
    this.#now = now;
    this.#limits = limits;
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.#windows.size;
  }

  /** Milliseconds that an address has to wait before its next attempt; 0 when it may try. */
  waitMs(address: string | undefined): number {
    const key = groupOf(address);
    const window = this.#windows.get(key);
    if (window === undefined) return 0;
    const left = window.endsMs - this.#now();
    if (left <= 0) this.#windows.delete(key);
    return left > 0 && window.count >= this.#limits.perAddress ? left : 0;
  }

  /** Counts one wrong attempt. */
  add(address: string | undefined): void {
    const key = groupOf(address);
    const nowMs = this.#now();
    const known = this.#windows.get(key);
    if (known !== undefined && known.endsMs > nowMs) {
      known.count++;
      return;
    }
    this.#windows.delete(key);
    if (this.#windows.size >= this.#limits.addresses) {
      const [oldest] = this.#windows.keys();
      if (oldest !== undefined) this.#windows.delete(oldest);
    }
    this.#windows.set(key, { count: 1, endsMs: nowMs + this.#limits.windowMs });
  }
}

function groupOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return '';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return (parsed as ipaddr.IPv6).parts.slice(0, 4).join(':');
}
