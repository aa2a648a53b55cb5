import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contextOf, identityOf, withoutComments } from '../../../test/flagsmith/engine-data.ts';
import { member, object, testData } from '../../../test/flagsmith/vectors.ts';
import { finish } from '../../flags/steps.ts';
import { parseJson } from '../json/cursor.ts';
import type { Json, JsonObject } from '../json/value.ts';
import { type CompiledSegment, compileEnvironment } from './compile.ts';
import { Evaluation } from './evaluate.ts';

const withMetadata = (fields: [string, Json][], metadata: Json | undefined): Json =>
  new Map(metadata === undefined ? fields : [...fields, ['metadata', metadata]]);

/** @param every whether all segments are asked, or only those that can match */
function evaluate(json: JsonObject, every: boolean): Json {
  const context = contextOf(json);
  const environment = finish(compileEnvironment(context, 'proxy', () => {}));
  const evaluation = new Evaluation(environment);
  const identity = identityOf(json.get('identity'), context.environment.key);
  const matched: CompiledSegment[] = [];
  evaluation.run(identity, matched);
  if (!every) evaluation.run(identity);
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

describe('engine-test-data', () => {
  const files = readdirSync('test/data/flagsmith/engine/test_cases');

  it('is complete', () => {
    expect(files).toHaveLength(199);
  });

  it.each(files)('%s', (file) => {
    const json = parseJson(withoutComments(testData(`engine/test_cases/${file}`)));
    const context = object(member(json, 'context'));
    for (const every of [true, false]) expect(evaluate(context, every)).toEqual(member(json, 'result'));
  });
});
