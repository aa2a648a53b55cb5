/** Where one signal goes, and how. */
export interface SignalSettings {
  /** The whole address, path included. */
  readonly url: string;
  /** Secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly encoding: 'protobuf' | 'json';
  readonly gzip: boolean;
  /** Limit for one export. */
  readonly timeoutMs: number;
}

/** Which requests get spans. */
export interface SamplingRule {
  /** The caller's decision counts where it made one. */
  readonly parentBased: boolean;
  /** Share of the others, 0 to 1. */
  readonly ratio: number;
}

/** Bounds and rhythm of the queue of spans. */
export interface SpanQueueSettings {
  /** Most spans that wait. More are dropped. */
  readonly limit: number;
  /** Most spans in one export. */
  readonly batchLimit: number;
  /** Time between two exports. */
  readonly intervalMs: number;
}

/** What OTLP export is told by. At least one of the two signals is there. */
export interface OtlpSettings {
  readonly traces: SignalSettings | undefined;
  readonly metrics: SignalSettings | undefined;
  /** Says which program, of which service, sends. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampling: SamplingRule;
  readonly spanQueue: SpanQueueSettings;
  readonly metricsIntervalMs: number;
  /** PEM files for connections to the collector. */
  readonly tls: {
    readonly caFile: string | undefined;
    readonly certFile: string | undefined;
    readonly keyFile: string | undefined;
  };
}

/** Figures of one system, as the text that Prometheus scrapes: whatever is on that page is what is exported. */
export interface FiguresPage {
  /** What the system is called: `proxy`, `edge`, `flagsmith`. */
  readonly name: string;
  readonly text: string;
}
