import type { Explanation } from '../../../flags/explanation.ts';
import { uniqueNames } from '../../../operations/metrics/environment-families.ts';
import type { OperatorCredential, OperatorEnvironment, OperatorMode } from '../../../operations/operator/types.ts';
import { cacheKey } from '../../../unleash/edge/types.ts';
import { createCredentialCheck } from '../../../unleash/proxy/credentials.ts';
import { explainProxy } from '../../../unleash/proxy/explain.ts';
import { ageSeconds } from '../../operator/age.ts';
import type { ProxyScope } from './proxy-scope.ts';

/** What Edge tells about the environments that keys below `/proxy` share with it. */
export interface ExplainedBeside {
  readonly environments: () => readonly OperatorEnvironment[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Some keys that see the same. */
export interface ScopedKeys {
  readonly scope: ProxyScope;
  readonly keys: readonly string[];
}

const title = 'Unleash Edge, /proxy';

/**
 * What clients of Unleash Proxy get below `/proxy` of an Edge, as operator tools see it: explained the way Unleash Proxy
 * evaluates, from what is served there.
 *
 * @param order all keys as they are configured: they are shown by their number, because any part of a short key would
 * help to guess the rest
 */
export function proxyPathsMode(
  scopes: readonly ScopedKeys[],
  order: readonly string[],
  edge: ExplainedBeside,
): OperatorMode {
  const shown = (key: string) => `proxy key ${order.indexOf(key) + 1} ****`;
  const named = () => {
    const names = uniqueNames(scopes.map(({ scope }) => scope.environmentName ?? ''));
    return scopes.map((scoped, index) => ({ ...scoped, name: names[index] as string }));
  };
  return {
    kind: 'proxy',
    title,
    environments: () => named().map(({ scope, name }) => scopeEnvironment(scope, name, edge, order, shown)),
    credentials: () =>
      named().flatMap(({ scope, keys, name }) =>
        keys.map(
          (key): OperatorCredential => ({
            shown: shown(key),
            kind: 'proxy key',
            environment: name,
            projects: scope.token?.projects ?? [],
          }),
        ),
      ),
    environmentOf: (credential) => named().find(({ keys }) => createCredentialCheck(keys)(credential))?.name,
    figures: () => [],
  };
}

function scopeEnvironment(
  scope: ProxyScope,
  name: string,
  { environments, now }: ExplainedBeside,
  order: readonly string[],
  shown: (key: string) => string,
): OperatorEnvironment {
  const { token } = scope;
  const key = token && cacheKey(token);
  const held = key === undefined ? undefined : environments().find((environment) => environment.answersTo(key));
  const state = held?.state;
  const names = () => scope.explained?.served.set.flags.map((flag) => flag.name) ?? [];
  return {
    name,
    answersTo: (said) => said === name,
    state,
    fetching: held?.fetching,
    names,
    flags: function* () {
      const seen = new Set(names());
      for (const flag of held?.flags() ?? []) if (seen.has(flag.name)) yield flag;
    },
    explain: (flag, { body, credential }): Explanation | undefined => {
      const { explained } = scope;
      if (explained === undefined || state === undefined) return undefined;
      const told = explainProxy(explained.served, flag, body.trim() === '' ? {} : JSON.parse(body));
      if (told === undefined) return undefined;
      const asked = order.find((one) => one === credential);
      return {
        ...told,
        environment: {
          mode: title,
          name,
          revision: state.revision,
          origin: state.origin,
          publishedAt: new Date(explained.publishedAtMs).toISOString(),
          confirmedAgeSeconds: ageSeconds(held?.fetching?.lastSuccessMs, now()),
          evaluation: 'unleash-node',
        },
        notes: asked === undefined ? told.notes : [`Asked as ${shown(asked)}.`, ...told.notes],
      };
    },
  };
}
