import type { Context } from '../context.ts';
import type { Test } from '../predicate.ts';

/** What compiling may use of the outside world. Everything in it is replaceable in tests. */
export interface EngineEnvironment {
  /** A number in [0, 1), like `Math.random`. */
  readonly random: () => number;
  /** Milliseconds since the epoch, like `Date.now`. */
  readonly now: () => number;
  /** This machine's name, for the `applicationHostname` strategy. */
  readonly hostname: string;
  /** Strategies by name that extend or replace the built-in ones. */
  readonly customStrategies: ReadonlyMap<string, CustomStrategy>;
  /**
   * Whose answers to give where engines differ: those of the Node SDK (default) or of Yggdrasil, the engine of Unleash
   * Edge (Unleash Edge specification 21).
   */
  readonly semantics?: 'node' | 'yggdrasil' | undefined;
}

/** A strategy from outside. It gets parameters as received; it must not throw. */
export type CustomStrategy = (parameters: Readonly<Record<string, unknown>>, context: Context) => boolean;

/** Turns one built-in strategy's parameters into a test and adds the context fields it looks at to `reads`. */
export type StrategyCompiler = (
  parameters: Readonly<Record<string, unknown>>,
  reads: Set<string>,
  environment: EngineEnvironment,
) => Test;
