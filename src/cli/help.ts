import { version } from '../version.ts';

/** What `halyard --help` prints. */
export function helpText(): string {
  return `Halyard ${version}: a feature-flag edge server

Usage: halyard [command]

Commands:
  proxy   replaces Unleash Proxy: UNLEASH_URL, UNLEASH_API_TOKEN, UNLEASH_PROXY_CLIENT_KEYS
  edge, offline, health, ready
          replace Unleash Edge, with its flags and variables: halyard edge --help
  flagsmith
          replaces Flagsmith Edge Proxy: config.json, ENVIRONMENT_KEY_PAIRS, API_URL
  render-config
          writes a config.json for it with the defaults
  explain tells why a flag is on or off for a context: halyard explain --help
  demo    serves bundled flags, to look around
Without a command the environment decides; with the settings of Unleash Proxy and of Flagsmith one process serves both;
with nothing set it is the demo.

Settings are environment variables, listed in docs/configuration.md; those for Flagsmith in
docs/migrating-from-flagsmith-edge-proxy.md.
HALYARD_RUNTIME=node runs on Node instead of Bun.`;
}
