/**
 * Headers that say nothing secret. Everything else may prove who we are: `Authorization`, GitLab's instance id, headers
 * that an operator configured.
 */
const harmlessHeaders = new Set([
  'accept',
  'accept-encoding',
  'content-type',
  'if-none-match',
  'unleash-appname',
  'unleash-client-spec',
  'unleash-connection-id',
  'unleash-interval',
  'unleash-sdk',
  'user-agent',
]);

/** Headers as they may be sent to a host other than the configured one. */
export function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmlessHeaders.has(name.toLowerCase())));
}
