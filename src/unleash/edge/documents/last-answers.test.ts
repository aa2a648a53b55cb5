import { expect, test } from 'vitest';
import { finish } from '../../../flags/steps.ts';
import type { ClientFeatures } from '../types.ts';
import { LastAnswers } from './last-answers.ts';
import { readClientFeatures } from './read-features.ts';

interface Sent {
  readonly flags: readonly (readonly [name: string, project: string, segment?: number])[];
  readonly segments?: readonly number[];
}

const document = ({ flags, segments }: Sent) =>
  readClientFeatures({
    features: flags.map(([name, project, segment]) => ({
      name,
      project,
      strategies: [{ name: 'default', segments: segment === undefined ? [] : [segment] }],
    })),
    ...(segments && { segments: segments.map((id) => ({ id, constraints: [] })) }),
  });

/** What an environment holds after tokens, which are named like their projects, brought answers. */
function held(...answers: readonly (readonly [projects: string, sent: Sent])[]) {
  const last = new LastAnswers();
  let environment: ClientFeatures | undefined;
  for (const [projects, sent] of answers) {
    const token = { token: projects, projects: projects.split('+') };
    environment = finish(last.mergeInSteps(token, environment, document(sent)));
  }
  return {
    flags: environment?.features.map(({ name }) => name).join(' '),
    segments: environment?.segments?.map(({ id }) => id).join(' '),
  };
}

test('flags of no project of the token go when it does not bring them again', () => {
  const own = ['own', 'a'] as const;
  const rounds = Array.from({ length: 20 }, (_, i) => ['a', { flags: [own, [`new-${i}`, 'other']] }] as const);
  expect(held(...rounds).flags).toBe('new-19 own');
  expect(held(['a', { flags: [['x', 'other']] }], ['a', { flags: [] }]).flags).toBe('');
});

test('flags of other projects stay when their own token brought them', () => {
  const others = ['b', { flags: [['of-b', 'b']] }] as const;
  expect(held(others, ['a', { flags: [] }]).flags).toBe('of-b');
  // Whoever else brings them, and in whatever order.
  const both = ['a', { flags: [['of-b', 'b']] }] as const;
  expect(held(others, both, ['a', { flags: [] }]).flags).toBe('of-b');
  expect(held(both, others, ['a', { flags: [] }]).flags).toBe('of-b');
  expect(held(both, ['*', { flags: [['of-b', 'b']] }], ['a', { flags: [] }]).flags).toBe('of-b');
});

test('another token does not remove what one brought astray', () => {
  const astray = ['a', { flags: [['of-b', 'b']] }] as const;
  expect(held(astray, ['c', { flags: [] }]).flags).toBe('of-b');
  expect(held(astray, ['b', { flags: [] }]).flags).toBe('');
});

test('segments go when upstream has them no longer and no flag refers to them', () => {
  const rounds = Array.from(
    { length: 20 },
    (_, i) => ['*', { flags: [['f', 'a', i]], segments: [i, 100 + i] }] as const,
  );
  expect(held(...rounds).segments).toBe('19 119');
});

test('segments of flags that another token brought stay', () => {
  const of = (project: string, segment: number) =>
    [project, { flags: [[project, project, segment]], segments: [segment] }] as const;
  expect(held(of('a', 1), of('b', 2), of('a', 3))).toEqual({ flags: 'a b', segments: '2 3' });
});

test('an answer without any list of segments leaves them', () => {
  expect(held(['*', { flags: [['f', 'a', 1]], segments: [1, 2] }], ['*', { flags: [] }]).segments).toBe('1 2');
});
