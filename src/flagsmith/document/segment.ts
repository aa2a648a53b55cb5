import type { Steps } from '../../flags/steps.ts';
import type { ConditionContext, FeatureContext, RuleContext, SegmentContext } from '../engine/context.ts';
import { pythonText } from '../json/python-text.ts';
import { isInteger, type Json } from '../json/value.ts';
import { readFeatureState } from './feature-state.ts';
import { asObject, FieldError, listField, stringField, wrong } from './fields.ts';

/** Takes a part that is left out. */
export type Skip = (message: string) => void;

/**
 * Reads a segment (spec section 5). Throws `FieldError` when its rules cannot be understood; an override that cannot is
 * left out and told to `skip`.
 */
export function* readSegment(json: Json, path: string, skip: Skip): Steps<SegmentContext> {
  const segment = asObject(json, path);
  const id = segment.get('id');
  if (!isInteger(id)) throw wrong(`${path}.id`, 'an integer', id);
  const rules = segment.get('rules');
  if (!Array.isArray(rules)) throw wrong(`${path}.rules`, 'a list', rules);
  const name = stringField(segment, 'name', path);
  const states = listField(segment, 'feature_states', path, true);
  return {
    key: pythonText(id),
    name,
    rules: yield* readRules(rules as readonly Json[], `${path}.rules`),
    overrides: yield* readOverrides(states, `${path}.feature_states`, skip),
  };
}

/** Reads the feature states of a segment or an identity, leaving out those that cannot be understood. */
export function* readOverrides(items: readonly Json[], path: string, skip: Skip): Steps<FeatureContext[]> {
  const overrides: FeatureContext[] = [];
  for (let i = 0; i < items.length; i++) {
    try {
      overrides.push(readFeatureState(items[i] as Json, `${path}[${i}]`).feature);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      skip(error.message);
    }
    if (i % itemsPerStep === itemsPerStep - 1) yield;
  }
  return overrides;
}

const itemsPerStep = 100;

function* readRule(json: Json, path: string): Steps<RuleContext> {
  const rule = asObject(json, path);
  const type = stringField(rule, 'type', path);
  const conditions: ConditionContext[] = [];
  for (const item of listField(rule, 'conditions', path, false)) {
    conditions.push(readCondition(item, `${path}.conditions[${conditions.length}]`));
    if (conditions.length % itemsPerStep === 0) yield;
  }
  return { type, conditions, rules: yield* readRules(listField(rule, 'rules', path, false), `${path}.rules`) };
}

function* readRules(items: readonly Json[], path: string): Steps<RuleContext[]> {
  const rules: RuleContext[] = [];
  for (const item of items) {
    rules.push(yield* readRule(item, `${path}[${rules.length}]`));
    if (rules.length % itemsPerStep === 0) yield;
  }
  return rules;
}

function readCondition(json: Json, path: string): ConditionContext {
  const condition = asObject(json, path);
  const value = condition.get('value');
  if (value === undefined) throw wrong(`${path}.value`, 'a value', value);
  const property = condition.get('property_') ?? '';
  if (typeof property !== 'string') throw wrong(`${path}.property_`, 'a string', property);
  return { property, operator: stringField(condition, 'operator', path), value };
}
