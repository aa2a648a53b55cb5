/** Reads the contexts of Flagsmith's engine-test-data. */

import {
  createIdentity,
  type EvaluationContext,
  type FeatureContext,
  type Identity,
  type RuleContext,
} from '../../src/flagsmith/engine/context.ts';
import { pythonText } from '../../src/flagsmith/json/python-text.ts';
import { Float, isObject, type Json, type JsonObject, type Scalar } from '../../src/flagsmith/json/value.ts';
import { list, member, object } from './vectors.ts';

const number = (value: Json | undefined) => (value instanceof Float ? value.value : Number(value));
const members = (value: Json | undefined) => (isObject(value) ? [...value.values()] : []).map(object);

function feature(json: JsonObject): FeatureContext {
  const metadata = json.get('metadata');
  return {
    key: json.get('key') as string,
    name: json.get('name') as string,
    id: null,
    enabled: json.get('enabled') as boolean,
    value: json.get('value') ?? null,
    priority: json.has('priority') ? number(json.get('priority')) : Number.POSITIVE_INFINITY,
    variants: list(json.get('variants') ?? []).map((variant) => ({
      value: member(variant, 'value'),
      weight: number(member(variant, 'weight')),
      weightText: pythonText(member(variant, 'weight')),
      priority: member(variant, 'priority') as number,
      key: (object(variant).get('key') ?? null) as string | null,
    })),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function rule(json: Json): RuleContext {
  const { type, conditions, rules } = Object.fromEntries(object(json)) as Record<string, Json>;
  return {
    type: type as string,
    rules: list(rules ?? []).map(rule),
    conditions: list(conditions ?? []).map((item) => ({
      property: (object(item).get('property') ?? '') as string,
      operator: member(item, 'operator') as string,
      value: member(item, 'value'),
    })),
  };
}

/** The context of a test case. */
export function contextOf(json: JsonObject): EvaluationContext {
  const environment = member(json, 'environment');
  return {
    environment: { key: member(environment, 'key') as string, name: member(environment, 'name') as string },
    features: members(json.get('features')).map(feature),
    identityOverrides: [],
    segments: members(json.get('segments')).map((segment) => {
      const metadata = segment.get('metadata');
      return {
        key: segment.get('key') as string,
        name: segment.get('name') as string,
        rules: list(segment.get('rules')).map(rule),
        overrides: list(segment.get('overrides') ?? []).map((item) => feature(object(item))),
        ...(metadata === undefined ? {} : { metadata }),
      };
    }),
  };
}

/** The identity of a test case; null for none. */
export function identityOf(json: Json | undefined, environmentKey: string): Identity | null {
  if (!isObject(json) || json.size === 0) return null;
  const traits = json.get('traits');
  const entries = (isObject(traits) ? [...traits] : []) as [string, Scalar][];
  return createIdentity(environmentKey, json.get('identifier') as string, entries, (json.get('key') ?? '') as string);
}

/** The only comments in the data are whole lines. */
export const withoutComments = (text: string) => text.replace(/^\s*\/\/.*$/gm, '');
