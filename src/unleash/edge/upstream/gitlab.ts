import { isRecord } from '../../definitions/is-record.ts';
import { parseToken } from '../../tokens/parse.ts';
import type { AskUpstream } from '../../tokens/validate-upstream.ts';
import { clientSpecVersion } from '../../upstream/identity.ts';
import { defaultProject } from '../documents/merge.ts';
import { readFeature } from '../documents/read-features.ts';
import { type EdgeIdentity, type EdgeToken, RawFeature } from '../types.ts';
import { headerText, type MakeHeaders } from './headers.ts';

/**
 * Feature flags of GitLab as upstream. GitLab answers `client/features` only: it validates no tokens, has neither bulk
 * metrics nor instance data nor delta, and throws registrations and usage away. It authenticates by the instance id and
 * takes the application name for the environment, which here is that of each token.
 *
 * Source: Unleash Proxy specification 10; Unleash Edge specification 14.1.
 */

/** What requests to GitLab say. */
export interface GitlabHeaderOptions {
  readonly identity: EdgeIdentity;
  /** The secret that GitLab shows as "Instance ID". */
  readonly instanceId: string;
  /** Sent with every call, as given. */
  readonly custom: readonly (readonly [name: string, value: string])[];
}

/** Makes the headers of requests with a token, whose environment becomes the application name. No token is sent. */
export function createGitlabHeaders({ identity, instanceId, custom }: GitlabHeaderOptions): MakeHeaders {
  const fixed: Record<string, string> = {
    'User-Agent': `unleash-edge-${identity.edgeVersion}`,
    'UNLEASH-INSTANCEID': instanceId,
    'Unleash-Client-Spec': clientSpecVersion,
    Accept: '*/*',
    ...Object.fromEntries(custom),
  };
  for (const [name, value] of Object.entries(fixed)) fixed[name] = headerText(value);
  return (token, intervalMs) => {
    const environment = token === undefined ? undefined : parseToken(token)?.environment;
    return {
      ...fixed,
      ...(environment == null ? {} : { 'UNLEASH-APPNAME': headerText(environment) }),
      ...(intervalMs === undefined ? {} : { 'Unleash-Interval': String(intervalMs) }),
    };
  };
}

/** Says which tokens are valid without asking anybody: the configured ones are, as client tokens. */
export function createConfiguredTokens(texts: readonly string[]): AskUpstream {
  const known = new Map<string, EdgeToken>();
  for (const text of texts) {
    const parsed = parseToken(text);
    if (parsed !== undefined) known.set(parsed.token, { ...parsed, type: 'client', status: 'Validated' });
  }
  return async (tokens) => tokens.flatMap((token) => known.get(token) ?? []);
}

/**
 * One token per environment to fetch with. It is nobody's credential: it stands for the whole project of GitLab, which
 * all tokens of the environment see a part of.
 */
export function gitlabRefreshTokens(environments: readonly (string | null | undefined)[]): EdgeToken[] {
  return [...new Set(environments.flatMap((environment) => environment ?? []))].map((environment) => ({
    token: `*:${environment}.gitlab`,
    type: 'client',
    environment,
    projects: ['*'],
    status: 'Trusted',
  }));
}

/** GitLab's flags name no project, and flags without one are hidden in the client API: they get the default one. */
export function withDefaultProject(document: unknown): unknown {
  if (!isRecord(document) || !Array.isArray(document.features)) return document;
  return {
    ...document,
    features: document.features.map((feature: unknown) => {
      if (!isRecord(feature) || typeof feature.project === 'string') return feature;
      const members = feature instanceof RawFeature ? feature.parse() : feature;
      return readFeature({ ...members, project: defaultProject });
    }),
  };
}
