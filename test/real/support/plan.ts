/**
 * The flags that the tests create in Unleash, and what two people must get: an insider, whom nearly everything is aimed
 * at, and an outsider. Percentages are chosen by the published hash (appendix A of the specification), so that the
 * insider is inside and the outsider outside.
 */
import type { Constraint, Payload, Strategy, Variant } from './admin.ts';

/** What a person gets: nothing, the flag, or the flag with a variant. */
export type Outcome = 'off' | 'on' | { readonly variant: string; readonly payload?: Payload };

export interface FlagPlan {
  readonly name: string;
  readonly strategies: readonly (Omit<Strategy, 'segments'> & { readonly segment?: 'nordics' })[];
  readonly flagVariants?: readonly Variant[];
  readonly parent?: { readonly feature: string; readonly variants?: readonly string[] };
  readonly impressionData?: boolean;
  /** Where it is turned on; everywhere else it is off. */
  readonly onIn?: 'development' | 'production' | 'nowhere';
  readonly insider: Outcome;
  readonly outsider: Outcome;
}

export const hostName = 'edge-host-7';

export const insider = {
  userId: 'alice',
  sessionId: 'session-alice',
  remoteAddress: '10.1.2.3',
  currentTime: '2032-06-01T12:00:00.000Z',
  properties: { country: 'no', company: 'acme', text: 'Halyard Edge', number: '42', version: '2.3.4' },
};

export const outsider = {
  userId: 'zed',
  sessionId: 'session-zed',
  remoteAddress: '203.0.113.9',
  properties: { company: 'umbrella' },
};

export const nordics = {
  name: 'nordics',
  constraints: [{ contextName: 'country', operator: 'IN', values: ['no', 'se', 'dk'] }],
};

/** Strategy types that Unleash no longer creates by itself; `acme-hours` is one that no SDK has. */
export const strategyTypes: readonly (readonly [name: string, parameter: string])[] = [
  ['userWithId', 'userIds'],
  ['gradualRolloutUserId', 'percentage'],
  ['gradualRolloutSessionId', 'percentage'],
  ['gradualRolloutRandom', 'percentage'],
  ['acme-hours', 'from'],
];

const everyone: Strategy = { name: 'default' };
const gradual = (rollout: string, stickiness: string, groupId: string): Strategy => ({
  name: 'flexibleRollout',
  parameters: { rollout, stickiness, groupId },
});

const red: Payload = { type: 'string', value: 'crimson' };
const blue: Payload = { type: 'json', value: '{"hex":"#00f","tags":["ä","\\u2603"]}' };
/** Unleash keeps variants in the order of their names, which decides who gets which. */
const shade = (name: string, weight: number, payload?: Payload): Variant => ({
  name,
  weight,
  weightType: 'variable',
  stickiness: 'default',
  ...(payload ? { payload } : {}),
});

const constraints: readonly Constraint[] = [
  { contextName: 'country', operator: 'IN', values: ['no', 'se'] },
  { contextName: 'text', operator: 'STR_STARTS_WITH', values: ['Hal', 'Jib'] },
  { contextName: 'text', operator: 'STR_ENDS_WITH', values: ['EDGE'], caseInsensitive: true },
  { contextName: 'text', operator: 'STR_CONTAINS', values: ['yard'] },
  { contextName: 'number', operator: 'NUM_EQ', value: '42' },
  { contextName: 'number', operator: 'NUM_GT', value: '41.5' },
  { contextName: 'number', operator: 'NUM_GTE', value: '42' },
  { contextName: 'number', operator: 'NUM_LT', value: '43' },
  { contextName: 'number', operator: 'NUM_LTE', value: '42' },
  { contextName: 'currentTime', operator: 'DATE_AFTER', value: '2032-01-01T00:00:00.000Z' },
  { contextName: 'version', operator: 'SEMVER_EQ', value: '2.3.4' },
  { contextName: 'version', operator: 'SEMVER_GT', value: '2.3.3' },
  { contextName: 'version', operator: 'SEMVER_GTE', value: '2.3.4' },
  { contextName: 'version', operator: 'SEMVER_LT', value: '3.0.0-rc.1' },
  { contextName: 'version', operator: 'SEMVER_LTE', value: '2.3.4' },
  { contextName: 'text', operator: 'REGEX', value: '^Hal\\w+ Edge$' },
];

const operatorFlags: readonly FlagPlan[] = constraints.map((constraint) => ({
  name: `constraint-${constraint.operator}`,
  strategies: [{ ...everyone, constraints: [constraint] }],
  insider: 'on',
  outsider: 'off',
}));

export const flags: readonly FlagPlan[] = [
  { name: 'everyone', strategies: [everyone], insider: 'on', outsider: 'on' },
  { name: 'no-strategy', strategies: [], insider: 'on', outsider: 'on' },
  { name: 'switched-off', strategies: [everyone], onIn: 'nowhere', insider: 'off', outsider: 'off' },
  { name: 'production-only', strategies: [everyone], onIn: 'production', insider: 'off', outsider: 'off' },
  { name: 'impressions', strategies: [everyone], impressionData: true, insider: 'on', outsider: 'on' },
  {
    name: 'user-with-id',
    strategies: [{ name: 'userWithId', parameters: { userIds: 'bob, alice' } }],
    insider: 'on',
    outsider: 'off',
  },
  {
    name: 'rollout-user-id',
    strategies: [{ name: 'gradualRolloutUserId', parameters: { percentage: '50', groupId: 'gradual-user' } }],
    insider: 'on',
    outsider: 'off',
  },
  {
    name: 'rollout-session-id',
    strategies: [
      { name: 'gradualRolloutSessionId', parameters: { percentage: '50', groupId: 'legacy-session-percentage' } },
    ],
    insider: 'on',
    outsider: 'off',
  },
  {
    name: 'rollout-random',
    strategies: [{ name: 'gradualRolloutRandom', parameters: { percentage: '100' } }],
    insider: 'on',
    outsider: 'on',
  },
  {
    name: 'addresses',
    strategies: [{ name: 'remoteAddress', parameters: { IPs: '192.0.2.1, 10.1.0.0/16' } }],
    insider: 'on',
    outsider: 'off',
  },
  {
    name: 'hosts',
    strategies: [{ name: 'applicationHostname', parameters: { hostNames: `other-host,${hostName}` } }],
    insider: 'on',
    outsider: 'on',
  },
  {
    name: 'unknown-strategy',
    strategies: [{ name: 'acme-hours', parameters: { from: '9' } }],
    insider: 'off',
    outsider: 'off',
  },
  { name: 'flexible-user', strategies: [gradual('50', 'userId', 'gradual-user')], insider: 'on', outsider: 'off' },
  {
    name: 'flexible-default',
    strategies: [gradual('10', 'default', 'gradual-default')],
    insider: 'on',
    outsider: 'off',
  },
  { name: 'flexible-field', strategies: [gradual('50', 'company', 'gradual-field')], insider: 'on', outsider: 'off' },
  { name: 'flexible-random', strategies: [gradual('100', 'random', 'any')], insider: 'on', outsider: 'on' },
  { name: 'segment', strategies: [{ ...everyone, segment: 'nordics' }], insider: 'on', outsider: 'off' },
  {
    name: 'second-strategy',
    strategies: [{ name: 'userWithId', parameters: { userIds: 'carol' } }, gradual('50', 'userId', 'gradual-user')],
    insider: 'on',
    outsider: 'off',
  },
  {
    name: 'constraint-NOT_IN',
    strategies: [{ ...everyone, constraints: [{ contextName: 'company', operator: 'NOT_IN', values: ['umbrella'] }] }],
    insider: 'on',
    outsider: 'off',
  },
  {
    name: 'constraint-DATE_BEFORE',
    strategies: [
      {
        ...everyone,
        constraints: [{ contextName: 'currentTime', operator: 'DATE_BEFORE', value: '2032-01-01T00:00:00.000Z' }],
      },
    ],
    insider: 'off',
    outsider: 'on',
  },
  {
    name: 'constraint-inverted',
    strategies: [
      { ...everyone, constraints: [{ contextName: 'country', operator: 'IN', values: ['no'], inverted: true }] },
    ],
    insider: 'off',
    outsider: 'on',
  },
  {
    name: 'constraints-together',
    strategies: [{ ...gradual('100', 'default', 'any'), constraints: constraints.slice(0, 5), segment: 'nordics' }],
    insider: 'on',
    outsider: 'off',
  },
  {
    name: 'flag-variants',
    strategies: [everyone],
    flagVariants: [shade('amber', 680, red), { ...shade('blue', 320, blue), weightType: 'fix' }],
    insider: { variant: 'amber', payload: red },
    outsider: { variant: 'blue', payload: blue },
  },
  {
    name: 'variant-override',
    strategies: [everyone],
    flagVariants: [
      shade('usual', 1000),
      { ...shade('chosen', 0, red), weightType: 'fix', overrides: [{ contextName: 'userId', values: ['alice'] }] },
    ],
    insider: { variant: 'chosen', payload: red },
    outsider: { variant: 'usual' },
  },
  {
    name: 'strategy-variants',
    strategies: [
      {
        ...gradual('100', 'default', 'strategy-variants'),
        variants: [{ ...shade('basic', 800, red), weightType: 'fix' }, shade('large', 200, blue)],
      },
    ],
    insider: { variant: 'large', payload: blue },
    outsider: { variant: 'basic', payload: red },
  },
  { name: 'child', strategies: [everyone], parent: { feature: 'user-with-id' }, insider: 'on', outsider: 'off' },
  {
    name: 'child-of-variant',
    strategies: [everyone],
    parent: { feature: 'strategy-variants', variants: ['large'] },
    insider: 'on',
    outsider: 'off',
  },
  ...operatorFlags,
];

/** Percentages and weights without a fixed expectation: compared with Unleash's own answer for many users. */
export const weighed: readonly FlagPlan[] = [10, 35, 50, 90].map((percent) => ({
  name: `weighed-${percent}`,
  strategies: [
    {
      ...gradual(String(percent), 'default', `weighed-${percent}`),
      variants: [shade('one', 334), shade('two', 333, red), shade('three', 333, blue)],
    },
  ],
  insider: 'off',
  outsider: 'off',
}));

/** Each is evaluated by one test only, so that the counts in Unleash can be compared exactly. */
export const counted: readonly FlagPlan[] = [
  { name: 'counted-page', strategies: [everyone], insider: 'on', outsider: 'on' },
  { name: 'counted-page-off', strategies: [everyone], onIn: 'nowhere', insider: 'off', outsider: 'off' },
  { name: 'counted-server', strategies: [everyone], insider: 'on', outsider: 'on' },
  { name: 'counted-named', strategies: [everyone], insider: 'on', outsider: 'on' },
  { name: 'counted-last', strategies: [everyone], insider: 'on', outsider: 'on' },
  {
    name: 'counted-sdk',
    strategies: [{ ...gradual('100', 'default', 'counted-sdk'), variants: [shade('gold', 1000, red)] }],
    insider: { variant: 'gold', payload: red },
    outsider: { variant: 'gold', payload: red },
  },
];
