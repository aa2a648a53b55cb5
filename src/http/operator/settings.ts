/** Who may see operator tools besides those who present an operator token. */
export const operatorAccessWords = ['loopback', 'token', 'off'] as const;

/**
 * `loopback`: programs on this machine may see the status page without a token. `token`: nobody sees anything without
 * one. `off`: there are no operator tools.
 */
export type OperatorAccessRule = (typeof operatorAccessWords)[number];

/** Who may use operator tools, everything below `/halyard/`. */
export interface OperatorSettings {
  /** Secrets of operators, any of which opens every tool. Without one, tools that need a token are off. */
  readonly tokens: readonly string[];
  readonly access: OperatorAccessRule;
}

/** What a server does when nothing is configured: the page for this machine, nothing else. */
export const defaultOperatorSettings: OperatorSettings = { tokens: [], access: 'loopback' };

/** Fewer characters could be guessed in spite of the limit on attempts. */
export const shortestOperatorToken = 16;
