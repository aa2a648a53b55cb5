import type { Steps } from './steps.ts';

/**
 * What an answer means for what was reported: it is done with, goes again in smaller parts, is lost for good, or stays
 * for the next attempt.
 */
export type ReportVerdict = 'taken' | 'too-large' | 'dropped' | 'kept';

/** A report that has to go somewhere else. */
export interface Rerouted {
  readonly url: string;
  readonly body: string;
}

/**
 * One kind of report that is sent upstream in intervals, in the form in which any process can add up those of several:
 * bodies of requests.
 */
export interface ReportKind {
  readonly intervalMs: number;
  /** Adds bodies up, the oldest first, to as few as upstream takes. What is no such body is left out. */
  merge(bodies: readonly string[]): Steps<readonly string[]>;
  /** The same in two halves; undefined when it cannot be divided. */
  halves(body: string): readonly [string, string] | undefined;
  verdict(status: number): ReportVerdict;
  /** Header that makes upstream count a report once, however often it comes. */
  readonly idempotencyHeader?: string;
  /** Where upstream does not know this kind: the same as one that it knows. */
  reroute?(body: string, url: string, status: number): Rerouted | undefined;
}
