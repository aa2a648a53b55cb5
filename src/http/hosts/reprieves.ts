/** What lets a request's connection be silent for another time. */
interface TimeLimits<Request> {
  timeout(request: Request, seconds: number): void;
}

/** A reply that is waited for. */
class Reprieve<Request> {
  readonly #request: Request;
  readonly #server: TimeLimits<Request>;
  #isOver = false;
  #isGiven = false;

  constructor(request: Request, server: TimeLimits<Request>) {
    this.#request = request;
    this.#server = server;
  }

  /** Lets the connection wait for so long, unless the reply was given meanwhile. */
  give(seconds: number): void {
    if (this.#isOver) return;
    this.#isGiven = true;
    this.#server.timeout(this.#request, seconds);
  }

  /** The reply is there: from now on the connection may be idle for so long. */
  end(idleSeconds: number): void {
    this.#isOver = true;
    if (this.#isGiven) this.#server.timeout(this.#request, idleSeconds);
  }
}

/**
 * Gives replies that are late more time than idle connections get. Most that are promised are there before the runtime
 * looks at its sockets again, as the bodies that they wait for came together with their heads: for those nothing is
 * done. Telling the runtime twice for each took 1 of 20 µs.
 */
export class Reprieves<Request> {
  readonly #seconds: number;
  readonly #afterThisTurn: (run: () => void) => unknown;
  #waiting: Reprieve<Request>[] = [];

  /**
   * @param seconds how long a late reply may take
   * @param afterThisTurn calls back once what has arrived was dealt with, before anything else is waited for
   */
  constructor(seconds: number, afterThisTurn: (run: () => void) => unknown) {
    this.#seconds = seconds;
    this.#afterThisTurn = afterThisTurn;
  }

  /** To be called when a reply is promised. */
  add(request: Request, server: TimeLimits<Request>): Reprieve<Request> {
    const reprieve = new Reprieve(request, server);
    if (this.#waiting.push(reprieve) === 1) this.#afterThisTurn(this.#give);
    return reprieve;
  }

  readonly #give = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const reprieve of waiting) reprieve.give(this.#seconds);
  };
}
