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
export function readSegment(json: Json, path: string, skip: Skip): SegmentContext {
  const segment = asObject(json, path);
  const id = segment.get('id');
  if (!isInteger(id)) throw wrong(`${path}.id`, 'an integer', id);
  const rules = segment.get('rules');
  if (!Array.isArray(rules)) throw wrong(`${path}.rules`, 'a list', rules);
  return {
    key: pythonText(id),
    name: stringField(segment, 'name', path),
    rules: (rules as readonly Json[]).map((rule, i) => readRule(rule, `${path}.rules[${i}]`)),
    overrides: readOverrides(listField(segment, 'feature_states', path, true), `${path}.feature_states`, skip),
  };
}

/** Reads the feature states of a segment or an identity, leaving out those that cannot be understood. */
export function readOverrides(items: readonly Json[], path: string, skip: Skip): FeatureContext[] {
  const overrides: FeatureContext[] = [];
  items.forEach((item, i) => {
    try {
      overrides.push(readFeatureState(item, `${path}[${i}]`).feature);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      skip(error.message);
    }
  });
  return overrides;
}

function readRule(json: Json, path: string): RuleContext {
  const rule = asObject(json, path);
  return {
    type: stringField(rule, 'type', path),
    conditions: listField(rule, 'conditions', path, false).map((item, i) =>
      readCondition(item, `${path}.conditions[${i}]`),
    ),
    rules: listField(rule, 'rules', path, false).map((item, i) => readRule(item, `${path}.rules[${i}]`)),
  };
}

function readCondition(json: Json, path: string): ConditionContext {
  const condition = asObject(json, path);
  const value = condition.get('value');
  if (value === undefined) throw wrong(`${path}.value`, 'a value', value);
  const property = condition.get('property_') ?? '';
  if (typeof property !== 'string') throw wrong(`${path}.property_`, 'a string', property);
  return { property, operator: stringField(condition, 'operator', path), value };
}
