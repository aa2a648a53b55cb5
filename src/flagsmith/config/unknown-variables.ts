import { nearestNames } from '../../flags/nearest-names.ts';
import { defaultConfig } from './edge-proxy-config.ts';
import { halyardFlagsmithOptions } from './halyard-options.ts';
import type { Environment } from './sources.ts';

/** Most variables named in one warning. */
const mostNamed = 20;

/** Objects whose members have no variables of their own, though the original's documentation shows some. */
const sections: Readonly<Record<string, readonly string[]>> = {
  server: Object.keys(defaultConfig.server),
  logging: [...Object.keys(defaultConfig.logging), 'colors'],
  health_check: Object.keys(defaultConfig.health_check),
  endpoint_caches: ['flags', 'identities'],
};

/** Long enough that something like them is hardly meant for another program. */
const longNames = [
  'ENVIRONMENT_KEY_PAIRS',
  'API_POLL_FREQUENCY',
  'API_POLL_FREQUENCY_SECONDS',
  'API_POLL_TIMEOUT',
  'API_POLL_TIMEOUT_SECONDS',
  'ALLOW_ORIGINS',
  'CONFIG_PATH',
  'ENDPOINT_CACHES',
  'HEALTH_CHECK',
  'FLAGSMITH_API_URL',
  'FLAGSMITH_API_TOKEN',
  'ENVIRONMENT_API_KEYS',
  'WEB_CONCURRENCY',
];
const own = halyardFlagsmithOptions.map(({ variable }) => variable as string);

/**
 * A warning that names environment variables which look as if they were meant for the Flagsmith part, and which nothing
 * reads; null when there is none. The start goes on, as the original's does (spec section 4.1). Values are never shown.
 */
export function unknownVariables(environment: Environment): string | null {
  const found: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '') continue;
    const advice = adviceFor(name, value);
    if (advice !== undefined) found.push(`${name} (${advice})`);
  }
  if (found.length === 0) return null;
  const more = found.length > mostNamed ? `, and ${found.length - mostNamed} more` : '';
  return `variables that nothing reads: ${found.sort().slice(0, mostNamed).join(', ')}${more}`;
}

function adviceFor(name: string, value: string): string | undefined {
  const upper = name.toUpperCase();
  if (longNames.includes(upper)) return undefined;
  if (upper.startsWith('HALYARD_FLAGSMITH_')) return own.includes(name) ? undefined : meant(upper, own, 1);
  return memberOf(upper, value) ?? nearTo(upper);
}

/** `SERVER_PORT`: only `SERVER`, which is JSON, is read. Kubernetes has variables of such names, with addresses in them. */
function memberOf(upper: string, value: string): string | undefined {
  if (value.startsWith('tcp://')) return undefined;
  for (const [section, members] of Object.entries(sections)) {
    const prefix = `${section.toUpperCase()}_`;
    const member = upper.slice(prefix.length).replace(/^_/, '').toLowerCase();
    if (upper.startsWith(prefix) && members.includes(member))
      return `set ${section.toUpperCase()}={"${member}": …} instead`;
  }
  return undefined;
}

function nearTo(upper: string): string | undefined {
  const alike = longNames.filter((name) => name[0] === upper[0] && Math.abs(name.length - upper.length) <= 2);
  const [nearest] = nearestNames(upper, alike, 1);
  return nearest === undefined || !fewDiffer(nearest, upper) ? undefined : `did you mean ${nearest}?`;
}

function meant(name: string, known: readonly string[], most: number): string {
  const [nearest] = nearestNames(name, known, most);
  return nearest === undefined ? 'there is no such option' : `did you mean ${nearest}?`;
}

/** Whether two names have most letters in common; the nearest of a few names need not be near. */
function fewDiffer(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 2;
}
