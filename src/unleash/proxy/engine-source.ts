import type { EvaluationCounts } from '../../flags/evaluations.ts';
import type { SnapshotSlot } from '../../flags/snapshot.ts';
import { Entity } from '../../http/entity.ts';
import { type ContextDefaults, toEvaluationContext } from '../context/evaluation-context.ts';
import type { RawContext } from '../context/raw-context.ts';
import type { Context } from '../engine/context.ts';
import type { Draws } from '../engine/draws.ts';
import type { Outcomes } from '../engine/flag-set.ts';
import { off } from '../engine/outcome.ts';
import type { Usage } from '../usage/usage.ts';
import type { DefinitionsFilter } from './definitions-document.ts';
import type { ProxyModel } from './model.ts';
import { addReportedUsage } from './reported-usage.ts';
import { namedToggle, unknownToggle } from './toggle-json.ts';
import { jsonType, type ListKind } from './toggle-list.ts';
import type { QuickSource, ToggleSource } from './toggle-source.ts';

/** What the engine's answers depend on besides the definitions. */
export interface EngineSourceOptions {
  readonly slot: SnapshotSlot<ProxyModel>;
  readonly defaults: ContextDefaults;
  readonly usage: Pick<Usage, 'count' | 'countVariant'>;
  /** Where evaluations are counted: those of this dialect, and those of OpenFeature. */
  readonly evaluations: { readonly proxy: EvaluationCounts; readonly ofrep: EvaluationCounts };
  readonly random: () => number;
  /** What the definitions' own draws come from. */
  readonly draws: Draws;
}

/** What other dialects may ask about the upstream that definitions come from. */
export interface DefinitionsUpstream {
  /** When it was last heard of, in milliseconds since the epoch; 0 for never. */
  lastHeardMs(): number;
  /** Fetches now. Resolves when that is done, whatever came of it. */
  refresh(): Promise<void>;
}

/** Answers from the current snapshot. */
export class EngineSource implements ToggleSource {
  readonly quick: QuickSource = {
    list: (kind, context, query, addressGiven) => {
      const { known, set } = this.#model;
      // A session that is made up for one request makes its answers those of this request only.
      const isWhole = context.sessionId !== undefined || !set.isRead('sessionId');
      const entity = this.#list(kind, context);
      if (isWhole) known.notice(query, context, addressGiven);
      return entity;
    },
    recall: (kind, request, addressOf) => {
      const model = this.#model;
      const outcomes = this.#outcomesFor(model);
      const found = model.known.recall(request.query, outcomes, addressOf, request);
      return found ? this.#entity(model, kind, outcomes) : undefined;
    },
    isRead: (field) => this.#model.set.isRead(field),
  };
  /** What answers are made of, for other dialects. */
  readonly options: EngineSourceOptions;
  /** undefined where definitions come from a file. */
  upstream: DefinitionsUpstream | undefined;
  /** Reused between requests: evaluation is synchronous, and what is made of it does not refer to it. */
  #outcomes: Outcomes = new Uint16Array();

  constructor(options: EngineSourceOptions) {
    this.options = options;
  }

  isReady(): boolean {
    return this.options.slot.current !== undefined;
  }

  list(kind: ListKind, context: RawContext): Entity {
    return this.#list(kind, toEvaluationContext(context, this.options.defaults));
  }

  #list(kind: ListKind, context: Context): Entity {
    const model = this.#model;
    // One made-up session per request: rollouts, variants, parents and children then agree with each other.
    if (context.sessionId === undefined && model.set.isRead('sessionId')) {
      context.sessionId = String(this.options.random());
    }
    const outcomes = this.#outcomesFor(model);
    model.set.evaluate(context, outcomes);
    return this.#entity(model, kind, outcomes);
  }

  #entity(model: ProxyModel, kind: ListKind, outcomes: Outcomes): Entity {
    this.options.evaluations.proxy.bulk += outcomes.length;
    return model.list(kind).entity(outcomes);
  }

  named(names: readonly string[], context: RawContext): Entity {
    const { set } = this.#model;
    const evaluated = toEvaluationContext(context, this.options.defaults);
    const outcomes = this.#outcomesFor(this.#model);
    set.begin(outcomes);
    this.options.evaluations.proxy.single += names.length;
    const toggles = names.map((name) => {
      const index = set.indexOf(name);
      const flag = set.flags[index];
      const outcome = flag === undefined ? off : set.answer(index, evaluated, outcomes);
      this.options.usage.count(name, outcome === off ? 0 : 1, outcome === off ? 1 : 0);
      return flag === undefined ? unknownToggle(name) : namedToggle(flag, outcome);
    });
    return new Entity(`{"toggles":[${toggles.join(',')}]}`, jsonType);
  }

  definitions(filter: DefinitionsFilter): Entity {
    return this.#model.document(filter);
  }

  registerMetrics(body: unknown): void {
    addReportedUsage(this.options.usage, body);
  }

  get #model(): ProxyModel {
    const snapshot = this.options.slot.current;
    if (snapshot === undefined) throw new Error('there are no definitions yet');
    return snapshot.model;
  }

  #outcomesFor(model: ProxyModel): Outcomes {
    // Foreign code may ask for other flags while one is being decided.
    if (model.set.reads.has('*')) return model.set.createOutcomes();
    if (this.#outcomes.length !== model.set.flags.length) this.#outcomes = model.set.createOutcomes();
    return this.#outcomes;
  }
}
