/** Names of query parameters whose values are secrets, as gateways and signed addresses have them. */
const secretParameter = /([?&][^=&#]*(?:token|key|secret|passw|auth|sign|credential|session)[^=&#]*=)[^&#]*/gi;

/**
 * A URL as it may appear in logs: without the user name and password that it may carry, and without what its query has
 * under the name of a secret. Of a text that is no URL everything up to the last `@` is hidden: it may be a password.
 */
export function shownUrl(url: string): string {
  const shown = URL.canParse(url)
    ? url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, '$1***@')
    : url.replace(/^.*@/s, '***@');
  return withoutSecretParameters(shown);
}

/** A path with its query as it may appear in logs: without what the query has under the name of a secret. */
export function withoutSecretParameters(target: string): string {
  return target.replace(secretParameter, '$1***');
}
