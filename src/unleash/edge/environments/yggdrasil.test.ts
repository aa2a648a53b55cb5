import { describe, expect, test } from 'vitest';
import { edgeVectors } from '../../../../test/support/edge-vectors.ts';
import { readDefinitions } from '../../definitions/read-document.ts';
import { compile } from '../../engine/compile.ts';
import { off } from '../../engine/outcome.ts';
import { readContext } from '../context/read-context.ts';
import { prepareForYggdrasil } from './yggdrasil.ts';

interface Row {
  readonly rollout?: string;
  readonly strategy?: string;
  readonly strategies?: readonly unknown[];
  readonly segment_id_unknown?: boolean;
  readonly operator?: string;
  readonly value?: string;
  readonly values?: readonly string[];
  readonly field_missing?: boolean;
  readonly gradualRolloutRandom?: string;
  readonly parent_missing?: boolean;
  readonly parent_has_parent?: boolean;
  readonly always?: boolean;
  readonly effect?: string;
}

const on = { name: 'default' };
const flagOf = (strategies: readonly unknown[], rest: object = {}) => ({
  name: 'f',
  enabled: true,
  strategies,
  ...rest,
});

function ask(features: readonly object[], context: object = { userId: '7' }, random = 0): boolean {
  const set = compile(prepareForYggdrasil(readDefinitions({ features })), {
    random: () => random,
    now: Date.now,
    hostname: 'h',
    customStrategies: new Map(),
    semantics: 'yggdrasil',
  });
  const outcomes = set.createOutcomes();
  set.evaluate(readContext(context), outcomes);
  return outcomes[set.indexOf('f')] !== off;
}

describe('engine', () => {
  /** The rows as flags. Where a whole flag has to be off, a second strategy that is on stands beside. */
  function featuresOf(row: Row): object[] {
    const beside = row.effect?.includes('flag off') ? [on] : [];
    if (row.rollout) return [flagOf([{ name: 'flexibleRollout', parameters: { rollout: row.rollout } }, ...beside])];
    if (row.strategy) return [flagOf([{ name: row.strategy }])];
    if (row.strategies) return [flagOf(row.strategies)];
    if (row.segment_id_unknown) return [flagOf([{ ...on, segments: [99] }, ...beside])];
    if (row.gradualRolloutRandom) {
      return [flagOf([{ name: 'gradualRolloutRandom', parameters: { percentage: row.gradualRolloutRandom } }])];
    }
    if (row.parent_missing) return [flagOf([on], { dependencies: [{ feature: 'nobody' }] })];
    if (row.parent_has_parent) {
      return [
        flagOf([on], { dependencies: [{ feature: 'parent' }] }),
        { ...flagOf([on]), name: 'parent', dependencies: [{ feature: 'root' }] },
        { ...flagOf([on]), name: 'root' },
      ];
    }
    const contextName = row.field_missing ? 'nothing' : 'version';
    const { operator, value, values = row.field_missing ? ['a'] : undefined } = row;
    return [flagOf([{ ...on, constraints: [{ contextName, operator, value, values }] }, ...beside])];
  }

  test.each(edgeVectors<Row[]>('engine'))('%j', (row) => {
    const wanted = row.always ?? row.effect?.startsWith('true') ?? false;
    const context = { userId: '7', version: row.value ?? 'x' };
    for (const random of [0, 0.5, 0.999]) expect(ask(featuresOf(row), context, random)).toBe(wanted);
  });

  test('hashes the bytes of UTF-8', () => {
    const halves = Array.from({ length: 200 }, (_, i) =>
      ask([flagOf([{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'userId' } }])], {
        userId: `ユーザー${i}`,
      }),
    );
    expect(halves.filter(Boolean).length).toBeGreaterThan(70);
    expect(halves.filter(Boolean).length).toBeLessThan(130);
  });

  test('addresses of both families', () => {
    const strategies = [{ name: 'remoteAddress', parameters: { IPs: '10.0.0.0/8, 2001:db8::/32' } }];
    expect(ask([flagOf(strategies)], { remoteAddress: '2001:db8::7' })).toBe(true);
    expect(ask([flagOf(strategies)], { remoteAddress: '10.3.2.1' })).toBe(true);
    expect(ask([flagOf(strategies)], { remoteAddress: '11.3.2.1' })).toBe(false);
  });

  test('faults are told with the flag that they concern', () => {
    const { issues } = prepareForYggdrasil(readDefinitions({ features: [flagOf([{ ...on, segments: [99] }])] }));
    expect(issues).toContainEqual({ subject: 'f', message: 'segment 99 does not exist: the strategy never holds' });
  });
});
