import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { createDocs } from '../unleash/proxy/docs.ts';
import type { DocsHandler } from '../unleash/proxy/handler.ts';
import { version } from '../version.ts';
import { readSwaggerUi } from './shipped-files.ts';

/** The documentation routes of a configuration; undefined where they are switched off. */
export function createProxyDocs(config: IProxyConfig): DocsHandler | undefined {
  if (!config.enableOAS) return undefined;
  return createDocs({
    basePath: config.proxyBasePath,
    keyHeaderName: config.clientKeysHeaderName,
    version,
    prometheus: config.enablePrometheus,
    readAsset: readSwaggerUi,
    toYaml,
  });
}

/** Loaded when first asked for: few servers ever write YAML. */
async function toYaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { aliasDuplicateObjects: false });
}
