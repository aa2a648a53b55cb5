/**
 * What kind of server is upstream: Unleash itself (or something that behaves like it), or GitLab, whose feature flags
 * speak a small part of Unleash's client API.
 */
export type UpstreamProfile = 'unleash' | 'gitlab';

/** What an operator may ask for. `auto` looks at the address. */
export const profileChoices = ['auto', 'unleash', 'gitlab'] as const;
export type ProfileChoice = (typeof profileChoices)[number];

/** Where GitLab has this API; the rest of the path is a project's number or its encoded name. */
const gitlabPath = /\/api\/v4\/feature_flags\/unleash\/[^/]/;

/** The profile for a choice and an upstream address. */
export function upstreamProfile(choice: ProfileChoice, url: string): UpstreamProfile {
  if (choice !== 'auto') return choice;
  return gitlabPath.test(url) ? 'gitlab' : 'unleash';
}
