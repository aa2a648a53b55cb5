import type { CliOption } from '../config/command-line.ts';
import { edgeRootOptions } from '../config/edge-options.ts';
import type { Environment } from '../config/option.ts';
import type { FlagsmithConfig } from '../flagsmith/config/read-config.ts';
import type { PreparedEdge } from '../library/edge/prepared-edge.ts';
import type { SharedAddress } from '../library/shared/serve-shared.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';

/** The systems of one process, as far as they say where to listen. */
export interface Listeners {
  readonly proxy: Pick<IProxyConfig, 'port' | 'host'> | undefined;
  readonly flagsmith: Pick<FlagsmithConfig, 'edgeProxy'> | undefined;
  readonly edge: Pick<PreparedEdge, 'settings'> | undefined;
}

const flagsmithDefaults = { port: 8000, host: '0.0.0.0' };

/** A port or host that somebody chose counts: Edge's before Unleash Proxy's before Flagsmith's; then the defaults. */
export function sharedAddress({ proxy, flagsmith, edge }: Listeners, { PORT, PROXY_PORT }: Environment): SharedAddress {
  const own = flagsmith?.edgeProxy.server ?? flagsmithDefaults;
  const chosen: (number | string | undefined)[] = [
    edge && chosenOf(edgeRootOptions.port, edge.settings.port, PORT),
    proxy && (PORT || PROXY_PORT) ? proxy.port : undefined,
    own.port === flagsmithDefaults.port ? undefined : own.port,
  ];
  const hosts = [
    edge && chosenOf(edgeRootOptions.interface, edge.settings.interface, undefined),
    proxy?.host,
    own.host === flagsmithDefaults.host ? undefined : own.host,
  ];
  const given = (value: unknown) => value !== undefined;
  return {
    port: chosen.find(given) ?? edge?.settings.port ?? proxy?.port ?? own.port,
    host: hosts.find(given) ?? edge?.settings.interface,
  };
}

function chosenOf<Value>(option: CliOption<Value>, value: Value, variable: string | undefined): Value | undefined {
  return variable || value !== option.fallback ? value : undefined;
}
