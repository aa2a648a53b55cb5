import type { CompiledEnvironment, CompiledFeature } from '../../flagsmith/engine/compile.ts';
import { hasValue, type Outcome } from '../../flagsmith/engine/outcome.ts';
import { encodeJson } from '../../flagsmith/json/encode.ts';
import type { Json } from '../../flagsmith/json/value.ts';
import type { Answer, MetadataLevel, TypedView, Value } from '../../ofrep/types.ts';

/** What answers depend on besides the outcome. */
export interface FlagsmithAnswerOptions {
  readonly environment: CompiledEnvironment;
  /** `STANDARD`, `MULTIVARIATE`, … */
  readonly typeOf: (outcome: Outcome) => string;
  readonly isVisible: (outcome: Outcome) => boolean;
  /** Also gives the values of features that are disabled. */
  readonly disabledValues: boolean;
}

const numericText = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** Turns Flagsmith's outcomes into answers. Source: OFREP specification 17 and 18. */
export class FlagsmithAnswers {
  readonly #options: FlagsmithAnswerOptions;
  /** Features whose value is null everywhere: they are on or off and nothing else. */
  readonly #isBoolean: readonly boolean[];

  constructor(options: FlagsmithAnswerOptions) {
    this.#options = options;
    this.#isBoolean = options.environment.features.map(({ state, valued }) => !valued && !hasValue(state));
  }

  /** Equal texts stand for equal answers. */
  contentOf(outcome: Outcome): string {
    const { enabled, id } = outcome.feature;
    return JSON.stringify([enabled, outcome.reason, outcome.variant, encodeJson(outcome.value), String(id)]);
  }

  create(position: number, outcome: Outcome, level: MetadataLevel): Answer {
    const { environment, isVisible } = this.#options;
    const { enabled } = outcome.feature;
    return {
      hidden: !isVisible(outcome),
      active: enabled,
      reason: reasonOf(outcome, environment.features[position] as CompiledFeature),
      variant: enabled ? outcome.variant || 'on' : 'off',
      metadata: this.#metadata(outcome, level),
      value: (view) => this.#value(position, outcome, view),
    };
  }

  #value(position: number, { feature, value, variant }: Outcome, view: TypedView | undefined): Value {
    const { enabled } = feature;
    if (view === 'boolean') return String(enabled);
    if (view === undefined && this.#isBoolean[position]) return String(enabled);
    if (!enabled && !this.#options.disabledValues) return undefined;
    if (view === 'variant') return variant ? JSON.stringify(variant) : undefined;
    const json = encodeJson(value);
    return json === 'null' ? undefined : valueAs(value, json, view);
  }

  #metadata(outcome: Outcome, level: MetadataLevel): Answer['metadata'] {
    if (level === 'none') return {};
    const { feature, reason } = outcome;
    const basic = {
      ...(typeof feature.id === 'number' ? { featureId: feature.id } : {}),
      featureType: this.#options.typeOf(outcome),
    };
    if (level === 'basic') return basic;
    const [kind = '', segment] = reason.split('; segment=');
    const weight = Number(reason.split('; weight=')[1] ?? Number.NaN);
    return {
      ...basic,
      ...(kind === 'TARGETING_MATCH' && segment !== undefined ? { segment } : {}),
      engineReason: reason,
      ...(Number.isNaN(weight) ? {} : { weight }),
    };
  }
}

function reasonOf({ feature, reason, variant }: Outcome, { overridable }: CompiledFeature): string {
  if (!feature.enabled) return 'DISABLED';
  if (variant !== null || reason.startsWith('SPLIT')) return 'SPLIT';
  if (reason.startsWith('TARGETING_MATCH')) return 'TARGETING_MATCH';
  return overridable ? 'DEFAULT' : 'STATIC';
}

/** A value, not null, as one type; its own without one. */
function valueAs(value: Json, json: string, view: 'string' | 'number' | 'object' | undefined): Value {
  switch (view) {
    case undefined:
      return json;
    case 'string':
      return typeof value === 'string' ? json : JSON.stringify(json);
    case 'number': {
      if (typeof value !== 'string') return typeof value === 'boolean' || isStructure(json) ? mismatch('number') : json;
      const number = numericText.test(value) ? Number(value) : Number.NaN;
      return Number.isFinite(number) ? numberJson(value.trim(), number) : mismatch('number');
    }
    case 'object':
      return objectJson(typeof value === 'string' ? value : json);
  }
}

/** The digits as they are written where JSON writes them so. */
function numberJson(text: string, number: number): string {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? text : JSON.stringify(number);
}

function objectJson(text: string): Value {
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed === null) return undefined;
    return typeof parsed === 'object' ? text.trim() : mismatch('object');
  } catch {
    return mismatch('object');
  }
}

function isStructure(json: string): boolean {
  return json.startsWith('{') || json.startsWith('[');
}

function mismatch(wanted: string): Value {
  return { errorCode: 'TYPE_MISMATCH', details: `the value of the feature is no ${wanted}` };
}
