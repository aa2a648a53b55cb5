import { EdgeStartupError } from '../../unleash/edge/service.ts';
import type { EdgeIdentity, EdgeToken, EdgeUrls } from '../../unleash/edge/types.ts';
import {
  createConfiguredTokens,
  createGitlabHeaders,
  gitlabRefreshTokens,
  withDefaultProject,
} from '../../unleash/edge/upstream/gitlab.ts';
import { createHeaders, type MakeHeaders } from '../../unleash/edge/upstream/headers.ts';
import { edgeUrls, gitlabUrls } from '../../unleash/edge/upstream/urls.ts';
import { parseToken } from '../../unleash/tokens/parse.ts';
import { parsePretrusted } from '../../unleash/tokens/pretrusted.ts';
import type { AskUpstream } from '../../unleash/tokens/validate-upstream.ts';
import { upstreamProfile } from '../../unleash/upstream/profile.ts';
import type { EdgeServerSettings } from './assemble-edge.ts';
import type { EdgeSettings } from './edge-store.ts';

/** What differs between the kinds of upstream. */
export interface EdgeUpstreamProfile {
  readonly urls: EdgeUrls;
  readonly headers: MakeHeaders;
  /** Says which tokens are valid; undefined asks upstream. */
  readonly ask: AskUpstream | undefined;
  /** Fetched with from the start, besides the configured tokens. */
  readonly refreshTokens: readonly EdgeToken[];
  /** True: only what the configured tokens cover is served. */
  readonly strict: boolean;
  /** True: a refusal upstream is a failure like others, and what is held stays. */
  readonly keepsRefused: boolean;
  /** False: upstream takes neither registrations nor usage nor instance data. */
  readonly takesReports: boolean;
  /** Mends a document before it is read. */
  readonly prepare: (document: unknown) => unknown;
}

/** The instance id as it may be shown: GitLab's is a secret and goes upstream only. */
export function shownInstanceId(server: EdgeServerSettings, settings: EdgeSettings): string | undefined {
  return profileOf(settings) === 'gitlab' ? undefined : server.instanceId;
}

/**
 * Works the profile out.
 *
 * @throws EdgeStartupError when settings do not go with it
 */
export function createUpstreamProfile(
  server: EdgeServerSettings,
  settings: EdgeSettings,
  identity: EdgeIdentity,
): EdgeUpstreamProfile {
  if (profileOf(settings) === 'gitlab') return gitlab(server, settings, identity);
  return {
    urls: edgeUrls(settings.upstreamUrl),
    headers: createHeaders({
      identity,
      authHeader: server.tokenHeader ?? server.upstreamAuthHeader ?? 'Authorization',
      custom: settings.customClientHeaders,
    }),
    ask: undefined,
    refreshTokens: [],
    strict: settings.strict,
    keepsRefused: false,
    takesReports: true,
    prepare: (document) => document,
  };
}

function profileOf({ upstreamProfile: choice, upstreamUrl }: EdgeSettings): 'unleash' | 'gitlab' {
  return upstreamProfile(choice, upstreamUrl);
}

function gitlab(server: EdgeServerSettings, settings: EdgeSettings, identity: EdgeIdentity): EdgeUpstreamProfile {
  const { instanceId } = server;
  if (instanceId === undefined) {
    throw new EdgeStartupError('GitLab needs its Instance ID: set --instance-id (INSTANCE_ID)');
  }
  for (const [given, flag] of [
    [settings.delta, '--delta'],
    [settings.streaming, '--streaming'],
  ] as const) {
    if (given) throw new EdgeStartupError(`GitLab has nothing for ${flag}: leave it out, flags are polled`);
  }
  const unusable = settings.tokens.filter((text) => !parseToken(text)?.environment).length;
  if (unusable > 0) {
    throw new EdgeStartupError(
      `${unusable} of the --tokens cannot be used with GitLab: write them as *:<environment of GitLab>.<secret of yours>`,
    );
  }
  const trusted = settings.pretrustedTokens.map((text) => parsePretrusted(text)[1]);
  const all = [...settings.tokens.flatMap((text) => parseToken(text) ?? []), ...trusted];
  const environments = [
    ...all.map(({ environment }) => environment),
    ...server.proxyClientKeys.map(({ environment }) => environment),
  ];
  if (environments.every((environment) => environment == null)) {
    throw new EdgeStartupError(
      'With GitLab, tokens are yours to choose: list them in --tokens (client API) and --pretrusted-tokens (frontend API)',
    );
  }
  return {
    urls: gitlabUrls(settings.upstreamUrl),
    headers: createGitlabHeaders({ identity, instanceId, custom: settings.customClientHeaders }),
    ask: createConfiguredTokens(settings.tokens),
    refreshTokens: gitlabRefreshTokens(environments),
    strict: true,
    keepsRefused: true,
    takesReports: false,
    prepare: withDefaultProject,
  };
}
