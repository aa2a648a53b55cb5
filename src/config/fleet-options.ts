import { type FleetSettings, type ReportBounds, reportBoundSettings } from '../flags/fleet-settings.ts';
import { redisTarget } from '../store/redis/target.ts';
import { cliCustom, cliNumber } from './cli-option.ts';
import type { CliOption } from './command-line.ts';
import { custom, type Environment, integer } from './option.ts';

/** A setting of the fleet cannot be used. The message says what to do and holds no password. */
export class FleetSettingError extends Error {
  override readonly name = 'FleetSettingError';
}

const urlVariable = 'HALYARD_FLEET_REDIS_URL';
const nameVariable = 'HALYARD_FLEET_NAME';
const urlText =
  'Redis through which several Halyards ask upstream as one. Several URLs, separated by commas, for a Cluster; redis-sentinel://host,host#master for Sentinels.';
const nameText = 'Name of the fleet: begins its keys in Redis. Halyards with different names share nothing.';
const defaultName = 'halyard';
const { limitBytes, limitEntries, keepSeconds } = reportBoundSettings;

/** What a fleet is told by, for the modes that are configured by variables. */
export const fleetOptions = {
  fleetRedisUrl: custom<readonly string[]>(
    'list of URLs',
    { environment: [urlVariable], fallbackText: 'none', description: urlText, secret: true },
    parseUrls,
  ),
  fleetName: custom<string>(
    'text',
    { environment: [nameVariable], fallback: defaultName, description: nameText },
    parseName,
  ),
  fleetUsageLimitBytes: bound(limitBytes),
  fleetUsageLimitReports: bound(limitEntries),
  fleetUsageKeepSeconds: bound(keepSeconds),
};

/** The same for Edge, with flags. */
export const fleetCliOptions = {
  fleetRedisUrl: cliCustom<readonly string[] | undefined>('--fleet-redis-url', urlText, parseUrls, {
    variable: urlVariable,
    kind: 'list of URLs',
    fallback: undefined,
    secret: true,
  }),
  fleetName: cliCustom<string>('--fleet-name', nameText, parseName, {
    variable: nameVariable,
    kind: 'text',
    fallback: defaultName,
  }),
  fleetUsageLimitBytes: cliBound(limitBytes),
  fleetUsageLimitReports: cliBound(limitEntries),
  fleetUsageKeepSeconds: cliBound(keepSeconds),
} satisfies Record<string, CliOption<unknown>>;

/** What the environment says about a fleet; undefined without one. @throws FleetSettingError */
export function readFleetSettings(environment: Environment): FleetSettings | undefined {
  const url = environment[urlVariable]?.trim();
  if (!url) return undefined;
  return {
    redisUrls: parseUrls(url),
    name: parseName(environment[nameVariable]?.trim() || defaultName),
    reports: reportBounds(
      readBound(environment, limitBytes),
      readBound(environment, limitEntries),
      readBound(environment, keepSeconds),
    ),
  };
}

/** Bounds of reports, from numbers as they are set. */
export function reportBounds(bytes: number, entries: number, seconds: number): ReportBounds {
  return { limitBytes: bytes, limitEntries: entries, keepMs: seconds * 1000 };
}

type Bound = (typeof reportBoundSettings)[keyof typeof reportBoundSettings];

function readBound(environment: Environment, { variable, fallback }: Bound): number {
  const text = environment[variable]?.trim() || String(fallback);
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new FleetSettingError(`${variable} has to be a whole number from 1 to 999999999`);
}

function bound({ variable, fallback, description }: Bound) {
  return integer({ environment: [variable], fallback, description }, 1);
}

function cliBound({ variable, flag, fallback, description }: Bound) {
  return cliNumber(flag, description, { variable, fallback });
}

function parseUrls(text: string): readonly string[] {
  // The one URL that names several Sentinels has commas in it.
  const urls = text.trim().split(/\s*,\s*(?=[a-z][a-z0-9+.-]*:\/\/)/i);
  try {
    redisTarget({
      urls,
      secure: false,
      scheme: 'redis',
      mode: urls.length > 1 ? 'cluster' : 'single',
      readTimeoutMs: 0,
      writeTimeoutMs: 0,
      limitBytes: 0,
    });
  } catch (error) {
    throw new FleetSettingError(`${urlVariable}: ${(error as Error).message}`);
  }
  return urls;
}

function parseName(text: string): string {
  // Braces would decide about the server in a Cluster.
  if (/^[\w.:-]{1,100}$/.test(text)) return text;
  throw new FleetSettingError(
    `${nameVariable} has to be 1 to 100 letters, digits, dots, colons, hyphens or underscores`,
  );
}
