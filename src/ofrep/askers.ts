import type { HttpRequest } from '../http/types.ts';
import type { Tail } from './bulk-reply.ts';
import { readCredential } from './credential.ts';
import { longestBody, type RepeatedBodies } from './repeated-bodies.ts';
import type { CorsHeaders, Headers } from './send.ts';
import type { Tails } from './tails.ts';
import type { FlagView } from './types.ts';
import type { ViewRegister } from './view-register.ts';

/** Everything that the reply to a request for all flags depends on besides its body and its condition. */
export interface Asker {
  readonly view: FlagView;
  readonly credential: string;
  /** Where the client reaches this server. */
  readonly base: string | undefined;
  /** What cross-origin rules add. */
  readonly cors: Headers;
  readonly encoding: string | undefined;
  /** See {@link FlagView.addition}. */
  readonly addition: string | undefined;
  readonly tail: Tail;
  /** Requests to the view that came before. */
  readonly bodies: RepeatedBodies;
  /** What its bodies are known by, together with themselves; undefined where they are read each time. */
  readonly prefix: string | undefined;
  /** What it asked for last while its credential stood for {@link view}; undefined where that has to be found out. */
  target: string | undefined;
}

/** What {@link Askers} needs. */
export interface AskerOptions {
  readonly tails: Tails;
  readonly register: ViewRegister;
  readonly publicBase: (request: HttpRequest) => string | undefined;
}

/** Many clients are few askers: what makes one is the same for all that share a credential, a page and a browser. */
const rememberedAskers = 8;

/**
 * Tells who asks. The last ones are remembered, so that a request that comes again is compared with one of them, text by
 * text, and nothing is put together for it.
 */
export class Askers {
  readonly #options: AskerOptions;
  #known: Asker[] = [];
  #next = 0;
  #clearings = 0;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /** How often all were forgotten: what was found out about a credential holds for as long as this stays the same. */
  get clearings(): number {
    return this.#clearings;
  }

  /** Forgets all: views from before a change are not to be held, and credentials may stand for others from now on. */
  clear(): void {
    this.#known = [];
    this.#next = 0;
    this.#clearings++;
  }

  /**
   * Who asks for all flags with a request, where that is somebody who asked before and nothing of it can have changed since:
   * its credential need not be looked at. To be asked about each request anew.
   */
  known(request: HttpRequest, cors: Headers): Asker | undefined {
    if (request.method !== 'POST') return undefined;
    const { target } = request;
    const { tails, publicBase } = this.#options;
    for (const asker of this.#known) {
      if (
        asker.target === target &&
        asker.cors === cors &&
        asker.credential === readCredential(request) &&
        asker.base === publicBase(request) &&
        asker.encoding === request.header('accept-encoding') &&
        asker.addition === asker.view.addition(request) &&
        tails.isCurrent(asker.tail, asker.view)
      ) {
        const isShort = Number(request.header('content-length')) <= longestBody;
        return isShort && request.header('content-encoding') === undefined ? asker : undefined;
      }
    }
    return undefined;
  }

  /**
   * Who asks `view` with a request. To be asked again where the view is another one by then.
   *
   * @param since {@link clearings} when the credential was found to stand for the view; undefined where that may change without
   * notice
   */
  of(
    view: FlagView,
    credential: string,
    request: HttpRequest,
    { headers, isSteady }: CorsHeaders,
    since?: number | undefined,
  ): Asker {
    const target = since === this.#clearings && isSteady ? request.target : undefined;
    const { tails, publicBase } = this.#options;
    const base = publicBase(request);
    const encoding = request.header('accept-encoding');
    const addition = view.addition(request);
    const isKnowable =
      addition !== undefined && request.query === '' && request.header('content-encoding') === undefined;
    for (const asker of this.#known) {
      if (
        asker.view === view &&
        asker.credential === credential &&
        asker.base === base &&
        asker.cors === headers &&
        asker.encoding === encoding &&
        asker.addition === addition &&
        (asker.prefix !== undefined) === isKnowable &&
        tails.isCurrent(asker.tail, view)
      ) {
        if (target !== undefined && isKnowable) asker.target = target;
        return asker;
      }
    }
    const tail = tails.get(view, credential, base);
    const origin = headers['Access-Control-Allow-Origin'];
    const { bodies } = this.#options.register.replies(view);
    // No header and no address has a line break in it.
    const prefix = isKnowable ? `${tail.serial}\n${origin ?? ''}\n${encoding ?? ''}\n${addition}\n` : undefined;
    const asker: Asker = {
      ...{ view, credential, base, cors: headers, encoding, addition, tail, bodies, prefix },
      target: isKnowable ? target : undefined,
    };
    if (isSteady) {
      this.#known[this.#next] = asker;
      this.#next = (this.#next + 1) % rememberedAskers;
    }
    return asker;
  }
}
