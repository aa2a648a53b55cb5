import { type Filled, sumFilled } from '../flags/filled.ts';
import { WeakList } from '../flags/weak-list.ts';
import type { Tail } from './bulk-reply.ts';
import { digest } from './etag.ts';
import type { StreamSettings } from './settings.ts';
import type { StreamTokens } from './streams/stream-token.ts';
import type { FlagView } from './types.ts';

/** Ages are told in steps of this, so that replies of one moment are equal. */
const ageStepSeconds = 10;

/** What decides about tails. */
export interface TailOptions {
  readonly streams: StreamSettings;
  readonly tokens: StreamTokens;
  readonly staleAfterMs: number;
  /** Most tails of one view: one per credential and host name that is asked under. */
  readonly limit: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface KeptTails {
  readonly epoch: number;
  readonly tails: Map<string, Tail>;
}

/** Makes what follows the flags in bulk replies. Tails are kept with the view, and made anew with every stream epoch. */
export class Tails {
  readonly #options: TailOptions;
  readonly #kept = new WeakMap<FlagView, KeptTails>();
  readonly #all = new WeakList<KeptTails>();
  #made = 0;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Tails that are still in memory, of views from before a change too. The bound of one view stands before any was asked. */
  get filled(): Filled {
    const { limit } = this.#options;
    const all = [...this.#all].map(({ tails }) => ({ used: tails.size, limit }));
    return all.length === 0 ? { used: 0, limit } : sumFilled(all);
  }

  /**
   * The tail for a credential.
   *
   * @param base where the client reaches this server, without a trailing slash; undefined leaves event streams out
   */
  get(view: FlagView, credential: string, base: string | undefined): Tail {
    const { epoch } = this.#options.tokens;
    let kept = this.#kept.get(view);
    if (kept === undefined || kept.epoch !== epoch) {
      kept = { epoch, tails: new Map() };
      this.#kept.set(view, kept);
      this.#all.add(kept);
    }
    const { limit } = this.#options;
    const ageSeconds = this.#staleSeconds(view);
    const key = `${ageSeconds} ${base ?? ''} ${credential}`;
    let tail = kept.tails.get(key);
    if (tail === undefined) {
      tail = this.#make(view, credential, base, ageSeconds);
      if (kept.tails.size >= limit) kept.tails.delete([...kept.tails.keys()][0] ?? '');
      if (limit > 0) kept.tails.set(key, tail);
    }
    return tail;
  }

  /** Whether {@link get} would give this tail of a view again. */
  isCurrent({ epoch, ageSeconds }: Tail, view: FlagView): boolean {
    return epoch === this.#options.tokens.epoch && ageSeconds === this.#staleSeconds(view);
  }

  /** Seconds of silence behind a view; 0 while it is fresh enough. */
  #staleSeconds(view: FlagView): number {
    const { staleAfterMs, now } = this.#options;
    if (staleAfterMs <= 0) return 0;
    const heardMs = view.lastHeardMs();
    if (heardMs === undefined) return 0;
    const ageMs = now() - heardMs;
    return ageMs > staleAfterMs ? Math.floor(ageMs / 1_000 / ageStepSeconds) * ageStepSeconds : 0;
  }

  #make(view: FlagView, credential: string, base: string | undefined, ageSeconds: number): Tail {
    const { streams, tokens } = this.#options;
    const { flagSetId, version, channel } = view;
    const metadata = { flagSetId, version, ...(ageSeconds > 0 ? { stale: true, ageSec: ageSeconds } : {}) };
    const { epoch } = tokens;
    const fingerprint = tokens.fingerprint(credential);
    let text = `],"metadata":${JSON.stringify(metadata)}`;
    let tag = digest(`${flagSetId} ${fingerprint}`, 8);
    if (streams.enabled && base !== undefined && !streams.except.has(credential)) {
      const token = tokens.create({ channel, fingerprint });
      const url = `${base}/ofrep/v1/events?t=${token.text}&since=${encodeURIComponent(version)}`;
      const entry = { type: 'sse', url, inactivityDelaySec: streams.inactivityDelaySeconds };
      text += `,"eventStreams":[${JSON.stringify(entry)}]`;
      tag += token.tag;
    }
    return { bytes: new TextEncoder().encode(`${text}}`), tag, serial: ++this.#made, epoch, ageSeconds };
  }
}
