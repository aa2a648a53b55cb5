import type { ClientFeatures, FeatureScope, RawFeature } from '../types.ts';
import {
  byKey,
  eventsText,
  featureRemoved,
  featureUpdated,
  highestId,
  hydrationText,
  isInScope,
  type LoggedEvent,
  readIncrements,
  segmentRemoved,
  segmentUpdated,
  whose,
} from './events.ts';

/**
 * What a reader is to get. `nothing` where it has everything, or where nothing that it may see has changed.
 */
export type Catchup =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'hydration' | 'events';
      /** Id of the last event in it. */
      readonly id: number;
      /** `{"events":[…]}` */
      readonly text: string;
    };

/** Bounds of a log. */
export interface DeltaLogLimits {
  /** Most events kept for readers that come back. */
  readonly events: number;
  /** Most finished answers kept, one per scope and position of readers. */
  readonly answers: number;
}

export const originalDeltaLogLimits: DeltaLogLimits = { events: 100, answers: 256 };

/**
 * Ids that upstream gives count changes. Ids that are made here start with the time, in quarters of a second since
 * 2020: so they grow across restarts without being kept, as long as there are fewer than four changes a second, and fit
 * into 32 bits until 2054. No upstream counts this far.
 */
const firstOwnId = 500_000_000;
const ownEpochMs = Date.UTC(2020, 0, 1);
const ownStepMs = 250;

const nothing: Catchup = { kind: 'nothing' };

/**
 * One environment's recent changes and its present state, from which every reader gets what it lacks: the events since
 * the last one it knows, or everything. All events of one change of definitions are published together.
 *
 * Source: Unleash Edge specification 19.2, 19.3.
 */
export class DeltaLog {
  readonly #limits: DeltaLogLimits;
  readonly #now: () => number;
  readonly #answers = new Map<string, Catchup>();
  #features: ReadonlyMap<string, RawFeature> = new Map();
  #segmentTexts: ReadonlyMap<unknown, string> = new Map();
  #events: LoggedEvent[] = [];
  /** Whoever knows this id can be served from the events that are kept. */
  #baseId = 0;
  #lastId = 0;

  /** @param now milliseconds since the epoch */
  constructor(limits: DeltaLogLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Id of the newest event; 0 before the first document. */
  get lastId(): number {
    return this.#lastId;
  }

  /**
   * Takes a new state, in steps. Upstream's events are passed on as they are where they explain the change;
   * otherwise events are worked out from the difference.
   */
  *update(document: ClientFeatures, events: readonly unknown[] | undefined): Generator<void, void, void> {
    const { features, segments } = byKey(document);
    yield;
    const segmentTexts = new Map(Array.from(segments, ([id, segment]) => [id, JSON.stringify(segment)]));
    const upstreamId = highestId(events);
    if (this.#lastId === 0 || (upstreamId !== undefined && this.#lastId >= firstOwnId && upstreamId < firstOwnId)) {
      this.#restart(upstreamId ?? this.#timeId());
    } else {
      const passedOn = events && readIncrements(events, this.#lastId, this.#features);
      const id = upstreamId !== undefined && upstreamId > this.#lastId ? upstreamId : this.#nextOwnId();
      const added = passedOn ?? this.#difference(id, features, segmentTexts);
      if (passedOn === undefined && upstreamId !== undefined && upstreamId > this.#lastId) this.#lastId = upstreamId;
      if (added.length > 0) this.#append(added);
    }
    this.#features = features;
    this.#segmentTexts = segmentTexts;
    this.#answers.clear();
  }

  /**
   * What a reader lacks.
   *
   * @param afterId the last event it knows; 0 for none
   */
  since(afterId: number, scope: FeatureScope): Catchup {
    const key = JSON.stringify([afterId, [...scope.projects].sort(), scope.namePrefix]);
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = this.#answer(afterId, scope);
      if (this.#answers.size >= this.#limits.answers) this.#answers.clear();
      this.#answers.set(key, answer);
    }
    return answer;
  }

  #answer(afterId: number, scope: FeatureScope): Catchup {
    if (this.#lastId === 0) return nothing;
    const otherKind = afterId >= firstOwnId && this.#lastId < firstOwnId;
    if (afterId > this.#lastId && !otherKind) return nothing;
    if (afterId > 0 && (afterId === this.#baseId || this.#events.some(({ id }) => id === afterId))) {
      const missed = this.#events.filter(
        ({ id, feature }) => id > afterId && (feature === undefined || isInScope(scope, feature)),
      );
      const last = missed.at(-1);
      if (last === undefined) return nothing;
      return { kind: 'events', id: last.id, text: eventsText(missed.map(({ text }) => text)) };
    }
    const features: string[] = [];
    for (const feature of this.#features.values()) {
      if (isInScope(scope, whose(feature))) features.push(feature.text);
    }
    const text = eventsText([hydrationText(this.#lastId, features, [...this.#segmentTexts.values()])]);
    return { kind: 'hydration', id: this.#lastId, text };
  }

  #nextOwnId(): number {
    return this.#lastId >= firstOwnId ? Math.max(this.#lastId + 1, this.#timeId()) : this.#lastId + 1;
  }

  #timeId(): number {
    return Math.max(firstOwnId, Math.floor((this.#now() - ownEpochMs) / ownStepMs));
  }

  #restart(id: number): void {
    this.#events = [];
    this.#baseId = id;
    this.#lastId = id;
  }

  #append(added: readonly LoggedEvent[]): void {
    this.#lastId = Math.max(this.#lastId, (added.at(-1) as LoggedEvent).id);
    this.#events.push(...added);
    const excess = this.#events.length - this.#limits.events;
    if (excess <= 0) return;
    // The last one that is dropped: everything after it is still here.
    this.#baseId = (this.#events[excess - 1] as LoggedEvent).id;
    this.#events = this.#events.slice(excess);
  }

  #difference(
    id: number,
    features: ReadonlyMap<string, RawFeature>,
    segmentTexts: ReadonlyMap<unknown, string>,
  ): LoggedEvent[] {
    const events: LoggedEvent[] = [];
    for (const [segmentId, text] of segmentTexts) {
      if (this.#segmentTexts.get(segmentId) !== text) events.push(segmentUpdated(id, text));
    }
    for (const [name, feature] of features) {
      const old = this.#features.get(name);
      if (old?.text === feature.text) continue;
      if (old !== undefined && old.project !== feature.project) events.push(featureRemoved(id, old));
      events.push(featureUpdated(id, feature));
    }
    for (const [name, feature] of this.#features) if (!features.has(name)) events.push(featureRemoved(id, feature));
    for (const segmentId of this.#segmentTexts.keys()) {
      if (!segmentTexts.has(segmentId)) events.push(segmentRemoved(id, segmentId));
    }
    return events;
  }
}
