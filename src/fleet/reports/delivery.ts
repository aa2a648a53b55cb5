import { logEvents } from '../../flags/events/catalogue.ts';
import type { LogEvent } from '../../flags/events/log-event.ts';
import type { ReportKind } from '../../flags/report-kind.ts';
import { runInSlices, type Slicing } from '../../flags/steps.ts';
import type { Timers } from '../../flags/timers.ts';
import type { SendUpstream, UpstreamRequest } from '../../http/upstream/types.ts';
import { type Posted, postParcel } from './post-parcel.ts';
import type { ReportFigures } from './report-figures.ts';
import type { Batch, Settlement } from './report-memory.ts';

/** What sending needs. */
export interface DeliveryOptions {
  /** Really sends. */
  readonly send: SendUpstream;
  /** Takes what has to go somewhere else. */
  readonly resend: SendUpstream;
  readonly figures: ReportFigures;
  readonly warn: (event: LogEvent, message: string) => void;
  readonly timers: Pick<Timers, 'now'>;
  readonly slicing: Slicing;
  readonly randomId: () => string;
}

/** Tells the pool's memory how far a batch is. False when it is somebody else's by now. */
export type Settle = (settlement: Settlement) => Promise<boolean>;

/** Adds reports of one kind up to parcels and posts these one by one. */
export class Delivery {
  readonly #kind: ReportKind;
  readonly #options: DeliveryOptions;

  constructor(kind: ReportKind, options: DeliveryOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /**
   * Sends what all members have collected, and settles each step. What cannot be sent now stays with the memory.
   *
   * @param request how a parcel is sent
   * @returns whether everything went. Rejects when `settle` does
   */
  async batch(request: UpstreamRequest, { entries, areParcels }: Batch, settle: Settle): Promise<boolean> {
    const { figures } = this.#options;
    let parcels = entries;
    if (!areParcels) {
      parcels = await this.#parcelsOf(entries);
      if (!(await settle({ taken: entries.length, instead: parcels }))) return false;
      figures.batches++;
      figures.merged += entries.length;
    }
    const queue = [...parcels];
    for (let parcel = queue.shift(); parcel !== undefined; parcel = queue.shift()) {
      const { taken, instead, trouble } = await this.#post(request, parcel);
      queue.unshift(...instead);
      const isMine = await settle({ taken: taken ? 1 : 0, instead, ...(trouble === undefined ? {} : { trouble }) });
      if (!isMine || trouble !== undefined) return false;
    }
    return true;
  }

  /** Sends reports that nobody else knows of. @returns what could not be sent */
  async alone(request: UpstreamRequest, bodies: readonly string[]): Promise<string[]> {
    const queue = await this.#parcelsOf(bodies);
    for (let parcel = queue.shift(); parcel !== undefined; parcel = queue.shift()) {
      const { instead, trouble } = await this.#post(request, parcel);
      queue.unshift(...instead);
      if (trouble !== undefined) return [parcel, ...queue].map((left) => fromParcel(left)[1]);
    }
    return [];
  }

  async #parcelsOf(bodies: readonly string[]): Promise<string[]> {
    const { slicing, randomId } = this.#options;
    const merged = await runInSlices(this.#kind.merge(bodies), slicing);
    return merged.map((body) => toParcel(randomId(), body));
  }

  async #post(request: UpstreamRequest, parcel: string) {
    const [id, body] = fromParcel(parcel);
    const { send, resend, figures, timers, randomId } = this.#options;
    const result = await postParcel(request, { id, body }, this.#kind, { send, resend, now: timers.now });
    figures.sent[result.outcome]++;
    this.#tell(result);
    const { status, retryAfterMs } = result;
    const wait =
      retryAfterMs > 0 ? { waitMs: retryAfterMs, grows: false } : { waitMs: this.#kind.intervalMs, grows: true };
    return {
      taken: result.outcome !== 'kept',
      instead: (result.halves ?? []).map((half) => toParcel(randomId(), half)),
      trouble: result.outcome === 'kept' ? { status, ...wait } : undefined,
    };
  }

  #tell({ outcome, reason }: Posted): void {
    const { warn } = this.#options;
    if (outcome === 'dropped') warn(logEvents.usageDropped, `Usage of the fleet is dropped: ${reason}`);
    if (outcome === 'kept') warn(logEvents.usageKept, `Usage of the fleet could not be sent and is kept: ${reason}`);
  }
}

function toParcel(id: string, body: string): string {
  return `${id}\n${body}`;
}

function fromParcel(parcel: string): readonly [id: string, body: string] {
  const end = parcel.indexOf('\n');
  return [parcel.slice(0, end), parcel.slice(end + 1)];
}
