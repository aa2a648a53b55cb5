import type { IProxyConfig } from '../unleash/proxy/config-types.ts';

/** Credentials of the demo. They are public: everybody can read them here. */
export const demoKey = 'demo-client-key-not-for-production';
export const demoServerToken = 'demo-server-token-not-for-production';
export const demoOperatorToken = 'demo-operator-token-not-for-production';

/**
 * What the demo says when it is listening: what it is, the credentials, the addresses, and lines to paste.
 *
 * @param file where the flags are; undefined where they cannot be changed
 */
export function demoText(
  config: IProxyConfig,
  port: number | undefined,
  flagCount: number,
  file: string | undefined,
): string {
  const { clientKeysHeaderName: header, proxyBasePath: base } = config;
  const { tokens, access } = config.operator;
  const ownOperator = tokens.includes(demoOperatorToken);
  const curl = port === undefined ? `curl --unix-socket ${config.port}` : 'curl';
  const origin = `http://${hostFor(config.host)}${port === undefined ? '' : `:${port}`}`;
  const proxy = `${origin}${base}/proxy`;
  const key = `-H '${header}: ${demoKey}'`;
  const explained =
    ownOperator && access !== 'off'
      ? `\nAsk why:\n  ${curl} -H 'authorization: Bearer ${demoOperatorToken}' -H 'accept: text/plain' -d '{"context":{"userId":"bob"}}' '${origin}${base}/halyard/explain/checkout-redesign'\n`
      : '';
  const lookup = `'{"context":{"userId":"alice"},"toggles":["checkout-redesign","dark-mode"]}'`;
  return `
This is a DEMO of Halyard with ${flagCount} bundled flags. Do not use it in production: its keys are public.
To serve your own flags, set UNLEASH_URL, UNLEASH_API_TOKEN and UNLEASH_PROXY_CLIENT_KEYS (as for Unleash Proxy), UPSTREAM_URL
and TOKENS (as for Unleash Edge), or ENVIRONMENT_KEY_PAIRS and API_URL (as for Flagsmith Edge Proxy).

  Client key     ${demoKey}
  Server token   ${demoServerToken}
  Operator token ${ownOperator ? demoOperatorToken : 'the one in HALYARD_OPERATOR_TOKEN'}
  Flags          ${file === undefined ? 'inside this program' : `${file} (change it: it is read again)`}

  Front-end API  ${proxy}
  All flags      ${proxy}/all
  Definitions    ${proxy}/client/features (server token)
  OpenFeature    ${origin}${base}/ofrep/v1/ (either key)
  Health         ${proxy}/health
  Metrics        ${proxy}/internal-backstage/prometheus
  API docs       ${origin}${base}/docs/openapi/
  Status page    ${access === 'off' ? 'switched off' : `${origin}${base}/halyard/`}

Try:
  ${curl} ${key} '${proxy}?userId=alice&country=NO'
  ${curl} ${key} -H 'Content-Type: application/json' -d ${lookup} '${proxy}'
  ${curl} ${key} '${proxy}/all?userId=bob&plan=enterprise'
${explained}`;
}

/** How this machine reaches an address that the server listens on. */
function hostFor(host: string | undefined): string {
  if (host === undefined || host === '::' || host === '0.0.0.0') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
