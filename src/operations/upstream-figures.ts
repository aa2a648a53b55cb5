import type { SendUpstream, UpstreamRequest, UpstreamResponse } from '../http/upstream/types.ts';
import type { Family, HistogramFamily, Labels } from './edge-prometheus.ts';
import { Histogram } from './histogram.ts';

/** The addresses that exchanges are told apart by. */
export interface UpstreamAddresses {
  readonly features: string;
  readonly delta: string;
  readonly bulk: string;
  readonly instances: string;
  readonly register: string;
  readonly validate: string;
}

/** What measuring needs. */
export interface UpstreamFiguresOptions {
  readonly urls: UpstreamAddresses;
  /** On every figure, as the original does. */
  readonly labels: Labels;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A way to send that is measured, and what it measures. */
export interface UpstreamFigures {
  readonly measured: (send: SendUpstream) => SendUpstream;
  readonly families: readonly Family[];
}

const fetchBoundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000];
const uploadBoundsMs = fetchBoundsMs.slice(0, -1);
const sizeBounds = [1_000, 10_000, 20_000, 50_000, 75_000, 100_000, 250_000, 500_000, 1_000_000];
/** Stands for the status where nobody answered. */
const noStatus = 'none';
const longestVersion = 64;

/**
 * Measures exchanges with upstream under the names, labels and types of Edge 19: how long they took, why they failed,
 * and which version answers.
 *
 * Source: Unleash Edge specification 22.3.
 */
export function createUpstreamFigures({ urls, labels, now }: UpstreamFiguresOptions): UpstreamFigures {
  const featureFetch = new ByStatus(fetchBoundsMs);
  const deltaFetch = new ByStatus(fetchBoundsMs);
  const metricsUpload = new ByStatus(uploadBoundsMs);
  const instanceUpload = new ByStatus(uploadBoundsMs);
  const timed = new Map([
    [urls.features, featureFetch],
    [urls.delta, deltaFetch],
    [urls.bulk, metricsUpload],
    [urls.instances, instanceUpload],
  ]);
  const failures = { features: new Counts(), register: new Counts(), validate: new Counts() };
  const failing = new Map([
    [urls.features, failures.features],
    [urls.delta, failures.features],
    [urls.register, failures.register],
    [urls.validate, failures.validate],
  ]);
  const sizes = new Histogram(sizeBounds);
  const versions = new Map<'unleash' | 'edge', string>();

  const finished = (request: UpstreamRequest, response: UpstreamResponse | undefined, elapsedMs: number): void => {
    const { url } = request;
    const status = response === undefined ? noStatus : String(response.status);
    timed.get(url)?.observe(status, elapsedMs);
    if (response === undefined || (response.status >= 300 && response.status !== 304)) failing.get(url)?.add(status);
    if (url === urls.bulk) sizes.observe(Buffer.byteLength(request.body ?? ''));
    if (url === urls.register && response !== undefined) {
      noteVersion('edge', response.header('x-edge-version'));
      noteVersion('unleash', response.header('x-unleash-version'));
    }
  };
  const noteVersion = (server: 'unleash' | 'edge', version: string | undefined): void => {
    if (version !== undefined) versions.set(server, version.slice(0, longestVersion));
  };
  const histogram = (name: string, help: string, values: ByStatus): HistogramFamily => ({
    type: 'histogram',
    name,
    help,
    histograms: () => [...values.histograms].map(([status_code, one]) => [{ status_code, ...labels }, one] as const),
  });
  const reasons = (name: string, help: string, counts: Counts): Family => ({
    type: 'gauge',
    name,
    help,
    read: () => [...counts.values].map(([status_code, count]) => [{ status_code, ...labels }, count] as const),
  });

  return {
    measured: (send) => async (request) => {
      const startMs = now();
      try {
        const response = await send(request);
        finished(request, response, now() - startMs);
        return response;
      } catch (error) {
        finished(request, undefined, now() - startMs);
        throw error;
      }
    },
    families: [
      histogram('client_feature_fetch', 'Milliseconds that fetching features took.', featureFetch),
      histogram('client_feature_delta_fetch', 'Milliseconds that fetching changes took.', deltaFetch),
      histogram('client_metrics_upload', 'Milliseconds that sending usage took.', metricsUpload),
      histogram('instance_data_upload', 'Milliseconds that sending instance data took.', instanceUpload),
      reasons('client_feature_fetch_failures', 'Fetches of features that failed.', failures.features),
      reasons('client_register_failures', 'Registrations upstream that failed.', failures.register),
      reasons('token_validation_failures', 'Questions about tokens that failed.', failures.validate),
      {
        type: 'histogram',
        name: 'metrics_size_in_bytes',
        help: 'Size of reports of usage.',
        histograms: () => [[{}, sizes]],
      },
      {
        type: 'gauge',
        name: 'upstream_version',
        help: 'What kind of server is upstream, and its version.',
        read: () => [...versions].map(([server, version]) => [{ server, version, ...labels }, 1] as const),
      },
    ],
  };
}

/** One histogram per status that was met. Statuses are at most three digits, which bounds them. */
class ByStatus {
  readonly histograms = new Map<string, Histogram>();
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  observe(status: string, value: number): void {
    let histogram = this.histograms.get(status);
    if (histogram === undefined) {
      histogram = new Histogram(this.#bounds);
      this.histograms.set(status, histogram);
    }
    histogram.observe(value);
  }
}

class Counts {
  readonly values = new Map<string, number>();

  add(status: string): void {
    this.values.set(status, (this.values.get(status) ?? 0) + 1);
  }
}
