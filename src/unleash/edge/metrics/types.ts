/** What is sent upstream in bulk. Names are those of the API. */

/** Members about the sender that ride along with rows and applications; null where it did not say. */
export interface SdkMetadata {
  readonly sdkVersion: string | null;
  readonly sdkType: string | null;
  readonly yggdrasilVersion: string | null;
  readonly platformName: string | null;
  readonly platformVersion: string | null;
}

/** Counts of one flag, application and hour. */
export interface MetricsRow {
  readonly appName: string;
  readonly featureName: string;
  readonly environment: string;
  /** Milliseconds since the epoch: start of the first report's window, exactly. */
  readonly timestampMs: number;
  readonly yes: number;
  readonly no: number;
  readonly variants: ReadonlyMap<string, number>;
  readonly metadata: SdkMetadata;
}

/** A process that an application was reported through. */
export interface ConnectVia {
  readonly appName: string;
  readonly instanceId: string;
}

/** A registration, ready to be sent: members as the API names them. */
export interface Application {
  readonly appName: string;
  readonly instanceId: string | null;
  readonly environment: string | null;
  /** As it is sent. */
  readonly json: Readonly<Record<string, unknown>>;
}

export type ImpactType = 'counter' | 'gauge' | 'histogram';

/** One value under one set of labels. Histograms have buckets instead of a value. */
export interface ImpactSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly count?: number;
  readonly sum?: number;
  /** `le` is a bound, or `+Inf`. */
  readonly buckets?: readonly { readonly le: number | string; readonly count: number }[];
}

/** A measure that applications define themselves. */
export interface ImpactMetric {
  readonly name: string;
  readonly help: string;
  readonly type: ImpactType;
  readonly samples: readonly ImpactSample[];
}

/** What one environment sends. */
export interface EnvironmentBatch {
  readonly applications: readonly Application[];
  readonly rows: readonly MetricsRow[];
  readonly impact: readonly ImpactEntry[];
}

/** A measure and whose it is. */
export interface ImpactEntry {
  readonly appName: string;
  readonly environment: string;
  readonly metric: ImpactMetric;
}
