import { describe, expect, it } from 'vitest';
import { upstreamProfile } from './profile.ts';

describe('upstreamProfile', () => {
  it.each([
    ['https://gitlab.com/api/v4/feature_flags/unleash/42', 'gitlab'],
    ['https://gitlab.example/sub/api/v4/feature_flags/unleash/group%2Fproject/', 'gitlab'],
    ['https://gitlab.example/api/v4/feature_flags/unleash/', 'unleash'],
    ['https://unleash.example/api', 'unleash'],
    ['', 'unleash'],
  ] as const)('auto: %s is %s', (url, profile) => {
    expect(upstreamProfile('auto', url)).toBe(profile);
  });

  it('takes the word of an operator', () => {
    expect(upstreamProfile('unleash', 'https://gitlab.com/api/v4/feature_flags/unleash/42')).toBe('unleash');
    expect(upstreamProfile('gitlab', 'https://flags.internal/42')).toBe('gitlab');
  });
});
