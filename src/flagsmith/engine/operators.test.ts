import { describe, expect, it } from 'vitest';
import { list, vectors } from '../../../test/flagsmith/vectors.ts';
import { encodeJson } from '../json/encode.ts';
import { isObject, type Json, type Scalar } from '../json/value.ts';
import { compileCondition } from './condition.ts';
import { createIdentity } from './context.ts';
import type { IssueCode } from './issues.ts';

const scope = { environment: { key: 'env', name: 'Env' }, features: [], segments: [] };

function outcome(operator: string, trait: Json, value: Json): { result: boolean; codes: IssueCode[] } {
  const codes: IssueCode[] = [];
  const condition = compileCondition({ property: 't', operator, value }, '1', scope, (code) => codes.push(code));
  const traits: [string, Scalar][] = isObject(trait) ? [] : [['t', trait as Scalar]];
  return { result: condition(createIdentity('env', 'u', traits)), codes };
}

describe.each(vectors.operators)('%s', (operator, rows) => {
  it.each(rows.map((row, index) => [index, encodeJson(row), list(row)] as const))('row %i: %s', (_, __, row) => {
    const [trait, value, expected] = row as readonly [Json, Json, boolean | string];
    const { result, codes } = outcome(operator, trait, value);
    // where the reference raises, the condition is false and reported
    expect(result).toBe(expected === true);
    expect(codes.length > 0).toBe(typeof expected === 'string' || operator === 'FOO');
  });
});
