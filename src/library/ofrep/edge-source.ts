import { createHash } from 'node:crypto';
import type { ClientAddress } from '../../http/client-address.ts';
import type { Access, OfrepSource, Refusal } from '../../ofrep/types.ts';
import type { Identified } from '../../unleash/edge/api/authorizer.ts';
import { cacheKey, type EdgeToken } from '../../unleash/edge/types.ts';
import { TokenValidationError } from '../../unleash/tokens/validation-error.ts';
import type { EdgeCore, EdgeMode } from '../edge/assemble-edge.ts';
import { EdgeViews } from './edge-views.ts';

/** What Edge's flags are served from. */
export interface EdgeOfrepOptions {
  readonly core: EdgeCore;
  readonly mode: EdgeMode;
  readonly clientIp: ClientAddress;
}

/** Edge's flags, as frontend and client tokens see them; in offline mode, too. */
export function edgeOfrepSource({ core, mode, clientIp }: EdgeOfrepOptions): OfrepSource {
  const { environments } = core;
  const channels = new Channels(() => environments.entries());
  const views = new EdgeViews({ core, mode, clientIp, channelOf: (key) => channels.of(key) });

  const viewOf = (token: EdgeToken): Access => {
    const environment = environments.get(cacheKey(token));
    return environment === undefined ? notLoaded : { view: views.get(environment, token) };
  };
  const identified = (who: Identified): Access | Promise<Access> => {
    if (who === 'unknown') return unknown;
    if (who === 'pending') return pending;
    if (who.status === 'Unknown' || who.status === 'Invalid') return unknown;
    if (who.type !== 'client') return who.type === 'frontend' || who.type === null ? viewOf(who) : wrongKind;
    // Fetches with the token where nobody did before.
    const problem = mode.hydrate(who);
    if (problem instanceof Promise) return problem.then((late) => (late === undefined ? viewOf(who) : notLoaded));
    if (problem === undefined) return viewOf(who);
    return problem.status === 403 ? notCovered : notLoaded;
  };
  return {
    remembersContexts: true,
    authorize(credential) {
      const who = mode.authorizer.identify(credential);
      if (!(who instanceof Promise)) return identified(who);
      return who.then(identified, (error) => {
        if (error instanceof TokenValidationError) return notValidated;
        throw error;
      });
    },
    revision(channel) {
      const key = channels.find(channel);
      const environment = key === undefined ? undefined : environments.get(key);
      if (environment === undefined || key === undefined) return undefined;
      return { version: views.versionOf(environment), changedAtMs: environments.age(key)?.changedAtMs ?? 0 };
    },
    async refresh(channel) {
      const key = channels.find(channel);
      if (key !== undefined) await mode.refresh(key);
    },
    onChange: (listener) => {
      environments.onChange((key) => listener(channels.of(key)));
    },
    onAccessChange(listener) {
      environments.onChange(() => listener());
      mode.onTokensChanged(listener);
    },
    onRevoked: (listener) => mode.onRevoked(({ token }) => listener(token)),
  };
}

const refuse = (status: Refusal['status'], details: string): Access => ({ refusal: { status, details } });
const unknown = refuse(401, 'this token is not valid');
const pending = refuse(503, 'the token is being validated');
const notValidated = refuse(503, 'the token cannot be validated right now');
const wrongKind = refuse(403, 'only frontend and client tokens can evaluate flags');
const notCovered = refuse(403, 'the token is not covered by the tokens that this server fetches with');
const notLoaded = refuse(503, 'the flags of this environment have not been fetched yet');

/** Environments come and go with tokens; names are quickly made again. */
const maximumNames = 10_000;

/** Names of environments that tell nothing: a cache key may be a token. */
class Channels {
  readonly #keys: () => Iterable<readonly [string, unknown]>;
  readonly #names = new Map<string, string>();

  constructor(keys: () => Iterable<readonly [string, unknown]>) {
    this.#keys = keys;
  }

  of(key: string): string {
    let name = this.#names.get(key);
    if (name === undefined) {
      if (this.#names.size >= maximumNames) this.#names.clear();
      name = createHash('sha256').update(`environment ${key}`).digest('base64url').slice(0, 12);
      this.#names.set(key, name);
    }
    return name;
  }

  find(name: string): string | undefined {
    for (const [key] of this.#keys()) if (this.of(key) === name) return key;
    return undefined;
  }
}
