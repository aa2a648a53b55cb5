import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { list, member, object, testData } from '../../../test/flagsmith/vectors.ts';
import { runAtOnce } from '../document/slices.ts';
import { parseJson } from '../json/cursor.ts';
import { pythonText } from '../json/python-text.ts';
import { Float, isObject, type Json, type JsonObject, type Scalar } from '../json/value.ts';
import { type CompiledSegment, compileEnvironment } from './compile.ts';
import { createIdentity, type EvaluationContext, type FeatureContext, type RuleContext } from './context.ts';
import { Evaluation } from './evaluate.ts';

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

function contextOf(json: JsonObject): EvaluationContext {
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

function identityOf(json: Json | undefined, environmentKey: string) {
  if (!isObject(json) || json.size === 0) return null;
  const traits = json.get('traits');
  const entries = (isObject(traits) ? [...traits] : []) as [string, Scalar][];
  return createIdentity(environmentKey, json.get('identifier') as string, entries, (json.get('key') ?? '') as string);
}

const withMetadata = (fields: [string, Json][], metadata: Json | undefined): Json =>
  new Map(metadata === undefined ? fields : [...fields, ['metadata', metadata]]);

function evaluate(json: JsonObject): Json {
  const context = contextOf(json);
  const environment = runAtOnce(compileEnvironment(context, 'proxy', () => {}));
  const evaluation = new Evaluation(environment);
  const matched: CompiledSegment[] = [];
  evaluation.run(identityOf(json.get('identity'), context.environment.key), matched);
  const flags = environment.features.map(({ feature: { name } }, index): [string, Json] => {
    const outcome = evaluation.outcome(index);
    const fields: [string, Json][] = [
      ['enabled', outcome.feature.enabled],
      ['name', name],
      ['reason', outcome.reason],
      ['value', outcome.value],
      ['variant', outcome.variant],
    ];
    return [name, withMetadata(fields, outcome.feature.metadata)];
  });
  const segments = matched.map(({ segment }) => withMetadata([['name', segment.name]], segment.metadata));
  return new Map<string, Json>([
    ['flags', new Map(flags)],
    ['segments', segments],
  ]);
}

// the only comments in the data are whole lines
const withoutComments = (text: string) => text.replace(/^\s*\/\/.*$/gm, '');

describe('engine-test-data', () => {
  const files = readdirSync('test/data/flagsmith/engine/test_cases');

  it('is complete', () => {
    expect(files).toHaveLength(199);
  });

  it.each(files)('%s', (file) => {
    const json = parseJson(withoutComments(testData(`engine/test_cases/${file}`)));
    expect(evaluate(object(member(json, 'context')))).toEqual(member(json, 'result'));
  });
});
