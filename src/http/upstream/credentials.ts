/** Headers that prove who we are. GitLab authenticates by the instance id alone. */
const credentialHeaders = new Set(['authorization', 'unleash-instanceid', 'cookie']);

/** Headers as they may be sent to a host other than the configured one. */
export function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !credentialHeaders.has(name.toLowerCase())));
}
