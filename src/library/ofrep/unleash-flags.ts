import type { Answer, MetadataLevel, TypedView, Value } from '../../ofrep/types.ts';
import type { Context } from '../../unleash/engine/context.ts';
import type { Draws } from '../../unleash/engine/draws.ts';
import type { CompiledFlag } from '../../unleash/engine/flag.ts';
import type { FlagSet } from '../../unleash/engine/flag-set.ts';
import { firstVariant, off } from '../../unleash/engine/outcome.ts';
import { type Way, WayEvaluator } from '../../unleash/engine/ways.ts';
import { payloadAs, readPayload, type Shape, shapeOf } from './unleash-payload.ts';
import { matchedStrategy, reasonOf } from './unleash-reason.ts';

/** Members of a definition that evaluation does not need. Asked for when everything is told about flags. */
export interface DefinitionDetails {
  readonly type?: unknown;
  readonly stale?: unknown;
}

/** What answers are made from. */
export interface UnleashFlagsOptions {
  readonly set: FlagSet;
  readonly draws: Draws | undefined;
  /** What a flag with payloads gives by itself: the payload, or whether it is on. */
  readonly plainKey: 'auto' | 'boolean';
  readonly isCustom: (strategyName: string) => boolean;
  readonly detailsOf: (index: number) => DefinitionDetails;
}

/** An answer that also knows what is counted. */
export interface UnleashAnswer extends Answer {
  readonly countedVariant: string | undefined;
}

interface FlagAnswers {
  /** Numbers of answers by the number of the way. */
  readonly byWay: (number | undefined)[];
  readonly answers: UnleashAnswer[];
  readonly byContent: Map<string, number>;
}

/** The answers of one compiled set, for all credentials that see some of it. Made as they are met. */
export class UnleashFlags {
  readonly set: FlagSet;
  readonly #options: UnleashFlagsOptions;
  readonly #ways: WayEvaluator;
  readonly #shapes: (Shape | undefined)[] = [];
  readonly #answers: Readonly<Record<MetadataLevel, (FlagAnswers | undefined)[]>> = { none: [], basic: [], full: [] };

  constructor(options: UnleashFlagsOptions) {
    this.set = options.set;
    this.#options = options;
    this.#ways = new WayEvaluator(options.set, options.draws);
  }

  /** Starts over for another request. */
  begin(): void {
    this.#ways.begin();
  }

  /** The number of a flag's answer. */
  evaluate(index: number, context: Context, level: MetadataLevel): number {
    return this.#numberOf(index, this.#ways.evaluate(index, context), level);
  }

  /** The number of the answer of a flag that no context changes; undefined for others. */
  constant(index: number, level: MetadataLevel): number | undefined {
    const way = this.#ways.constant(index);
    return way === undefined ? undefined : this.#numberOf(index, way, level);
  }

  /** Flags whose answer may be another one the next time, for the same context. */
  open(context: Context, indexes: Iterable<number>): ReadonlySet<number> {
    return this.#ways.open(context, indexes);
  }

  answer(index: number, number: number, level: MetadataLevel): UnleashAnswer {
    const answer = this.#answers[level][index]?.answers[number];
    if (answer === undefined) throw new RangeError('no such answer');
    return answer;
  }

  #numberOf(index: number, wayNumber: number, level: MetadataLevel): number {
    const known = this.#answers[level][index]?.byWay[wayNumber];
    return known ?? this.#add(index, wayNumber, level);
  }

  #add(index: number, wayNumber: number, level: MetadataLevel): number {
    const of: FlagAnswers = this.#answers[level][index] ?? { byWay: [], answers: [], byContent: new Map() };
    this.#answers[level][index] = of;
    const way = this.#ways.way(index, wayNumber);
    const flag = this.set.flags[index] as CompiledFlag;
    const reason = reasonOf(flag, way, this.#options.isCustom);
    const content = level === 'full' ? `${wayNumber}` : `${way.outcome} ${reason}`;
    let number = of.byContent.get(content);
    if (number === undefined) {
      number = of.answers.push(this.#answer(index, flag, way, reason, level)) - 1;
      of.byContent.set(content, number);
    }
    of.byWay[wayNumber] = number;
    return number;
  }

  #answer(index: number, flag: CompiledFlag, way: Way, reason: string, level: MetadataLevel): UnleashAnswer {
    const active = way.outcome !== off;
    const variant = flag.variants[way.outcome - firstVariant];
    const payload = readPayload(variant?.payload);
    const shape = this.#shapes[index] ?? (this.#options.plainKey === 'boolean' ? 'boolean' : shapeOf(flag.payloads));
    this.#shapes[index] = shape;
    const value = (view: TypedView | undefined): Value => {
      switch (view) {
        case undefined:
          return shape === 'boolean' ? String(active) : payload?.value;
        case 'boolean':
          return String(active);
        case 'variant':
          return variant === undefined ? undefined : JSON.stringify(variant.name);
        default:
          return payload === undefined ? undefined : payloadAs(payload, view);
      }
    };
    return {
      hidden: false,
      active,
      reason,
      variant: variant?.name || (active ? 'on' : 'off'),
      countedVariant: variant?.name,
      metadata: this.#metadata(index, flag, way, payload?.type, level),
      value,
    };
  }

  #metadata(
    index: number,
    flag: CompiledFlag,
    way: Way,
    payloadType: string | undefined,
    level: MetadataLevel,
  ): Answer['metadata'] {
    if (level === 'none') return {};
    const basic = {
      ...(payloadType === undefined ? {} : { payloadType }),
      ...(flag.impressionData === true ? { impressionData: true } : {}),
    };
    if (level === 'basic') return basic;
    const { type, stale } = this.#options.detailsOf(index);
    return {
      ...basic,
      ...(flag.project === undefined ? {} : { project: flag.project }),
      ...(typeof type === 'string' ? { flagType: type } : {}),
      ...(stale === true ? { stale } : {}),
      ...matchedStrategy(way),
    };
  }
}
