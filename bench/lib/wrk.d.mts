/** Types of what wrk.mjs exports, for the tests. */
export interface Load {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly seconds: number;
  readonly connections: number;
  readonly core: number | string;
  readonly nice?: number;
  readonly awake?: string | undefined;
  readonly script?: string;
  readonly args?: readonly string[];
}
export interface Figures {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly errors: Record<string, number>;
}
export function runWrk(load: Load): Promise<Figures>;
export function failures(figures: Figures): number;
