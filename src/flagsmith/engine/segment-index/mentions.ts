import type { Steps } from '../../../flags/steps.ts';
import type { RuleContext } from '../context.ts';
import type { SemanticVersion } from '../semver.ts';
import { type Ladders, numberLadders, sortLadders, versionLadders } from './ladder.ts';
import { fullAttention, type Requirement, requirementOf, type ValueKey } from './requirement.ts';

const conditionsPerStep = 100;
/** Bounds of a property that stand for all of them. */
const sampledBounds = 1_000;

/** Larger maps take long to grow by one value; where there are as many, nearly all are rare. */
const countedValues = 50_000;

/** What the conditions of a document require of one property. */
interface Mentioned {
  count: number;
  /** How many conditions accept a value. */
  readonly values: Map<ValueKey, number>;
  /** How many conditions require that texts hold a text. */
  readonly texts: Map<string, number>;
  readonly numbers: Ladders<number>;
  readonly versions: Ladders<SemanticVersion>;
}

/**
 * Counts what the conditions of a document require, so that each segment can be found by what few others require: an
 * identity then meets few segments, however many ask for something that everybody has. What other segments ask for is
 * all that a document tells of the identities to come.
 */
export class Mentions {
  readonly #properties = new Map<string, Mentioned>();
  readonly #attention = fullAttention();

  /** Counts all conditions of some rules. */
  *add(rules: readonly RuleContext[]): Steps<void> {
    for (const { conditions, rules: subRules } of rules) {
      for (let i = 0; i < conditions.length; i++) {
        const requirement = requirementOf(conditions[i]!, this.#attention);
        if (requirement !== null) this.#count(requirement);
        if (i % conditionsPerStep === conditionsPerStep - 1) yield;
      }
      yield* this.add(subRules);
      yield;
    }
  }

  /** Makes {@link cost} ready, once all is counted. */
  *sort(): Steps<void> {
    for (const { numbers, versions } of this.#properties.values()) {
      sortLadders(numbers);
      sortLadders(versions);
      yield;
    }
  }

  /** How many conditions an identity that fulfils this one is likely to fulfil along with it. */
  cost(requirement: Requirement): number {
    const known = this.#properties.get(requirement.property);
    if (known === undefined) return 0;
    switch (requirement.kind) {
      case 'set':
        return known.count;
      case 'number':
        return known.count * known.numbers[requirement.side].shareFrom(requirement.bound);
      case 'version':
        return known.count * known.versions[requirement.side].shareFrom(requirement.bound);
      case 'text':
        // a value is looked up, texts are searched for one by one
        return 1 + (known.texts.get(requirement.text) ?? 1);
      case 'value': {
        const counts = requirement.keys.filter(isTelling).map((key) => known.values.get(key) ?? 1);
        return Math.max(1, ...counts);
      }
    }
  }

  #count(requirement: Requirement): void {
    const known = this.#of(requirement.property);
    known.count += 1;
    switch (requirement.kind) {
      case 'number': {
        const ladder = known.numbers[requirement.side];
        if (ladder.size < sampledBounds) ladder.add(requirement.bound, 0);
        return;
      }
      case 'version': {
        const ladder = known.versions[requirement.side];
        if (ladder.size < sampledBounds) ladder.add(requirement.bound, 0);
        return;
      }
      case 'text':
        countValue(known.texts, requirement.text);
        return;
      case 'value':
        for (const key of requirement.keys) if (isTelling(key)) countValue(known.values, key);
    }
  }

  #of(property: string): Mentioned {
    let known = this.#properties.get(property);
    if (known === undefined) {
      known = { count: 0, values: new Map(), texts: new Map(), numbers: numberLadders(), versions: versionLadders() };
      this.#properties.set(property, known);
    }
    return known;
  }
}

function countValue<Key extends ValueKey>(values: Map<Key, number>, key: Key): void {
  const count = values.get(key);
  if (count !== undefined) values.set(key, count + 1);
  else if (values.size < countedValues) values.set(key, 1);
}

/** Every value of EQUAL is cast to a boolean, nearly always to true, for the few properties that are booleans. */
function isTelling(key: ValueKey): boolean {
  return typeof key !== 'boolean';
}
