import { createHash } from 'node:crypto';
import type { HttpRequest } from '../../http/types.ts';
import type { Audience, ContextMembers, FlagView } from '../../ofrep/types.ts';
import { sees } from '../../unleash/edge/documents/scope.ts';
import type { Environment } from '../../unleash/edge/environments/environment.ts';
import { cacheKey, type EdgeToken } from '../../unleash/edge/types.ts';
import type { Context } from '../../unleash/engine/context.ts';
import type { EdgeOfrepOptions } from './edge-source.ts';
import { readUnleashContext } from './unleash-context.ts';
import { UnleashFlags } from './unleash-flags.ts';
import { type UnleashUse, UnleashView } from './unleash-view.ts';

/** When upstream was last heard of is looked up this often. */
const heardForMs = 1_000;
/** Most environments for which that is remembered; it is quickly looked up again. */
const maximumHeard = 10_000;
const nobody = { sdkVersion: null, sdkType: null, yggdrasilVersion: null, platformName: null, platformVersion: null };

interface EnvironmentViews {
  readonly flags: UnleashFlags;
  readonly version: string;
  readonly byScope: Map<string, FlagView>;
  readonly byToken: WeakMap<EdgeToken, FlagView>;
}

/** What tokens see of environments. Kept with the environment, whose every change makes a new one. */
export class EdgeViews {
  readonly #options: EdgeOfrepOptions & { readonly channelOf: (key: string) => string };
  readonly #kept = new WeakMap<Environment, EnvironmentViews>();
  readonly #heard = new Map<string, { readonly lookedMs: number; readonly heardMs: number | undefined }>();

  constructor(options: EdgeOfrepOptions & { readonly channelOf: (key: string) => string }) {
    this.#options = options;
  }

  get(environment: Environment, token: EdgeToken): FlagView {
    const views = this.#of(environment);
    let view = views.byToken.get(token);
    if (view === undefined) {
      view = this.#scoped(views, environment, token);
      views.byToken.set(token, view);
    }
    return view;
  }

  versionOf(environment: Environment): string {
    return this.#of(environment).version;
  }

  #of(environment: Environment): EnvironmentViews {
    let views = this.#kept.get(environment);
    if (views === undefined) {
      const flags = new UnleashFlags({
        set: environment.set,
        draws: this.#options.core.draws,
        plainKey: this.#options.core.settings.ofrepUnleashPlainKey,
        isCustom: () => false,
        detailsOf: (index) => environment.document.features[index]?.parse() ?? {},
      });
      views = { flags, version: versionOf(environment), byScope: new Map(), byToken: new WeakMap() };
      this.#kept.set(environment, views);
    }
    return views;
  }

  #scoped(views: EnvironmentViews, environment: Environment, token: EdgeToken): FlagView {
    const audience: Audience = token.type === 'client' ? 'backend' : 'frontend';
    const key = JSON.stringify([audience, token.projects, token.environment]);
    const known = views.byScope.get(key);
    if (known !== undefined) return known;
    if (views.byScope.size >= this.#options.core.settings.ofrepScopeLimit)
      views.byScope.delete([...views.byScope.keys()][0] ?? '');
    const view = this.#create(views, environment, token, audience);
    views.byScope.set(key, view);
    return view;
  }

  #create(views: EnvironmentViews, environment: Environment, token: EdgeToken, audience: Audience): FlagView {
    const { core, mode, clientIp, channelOf } = this.#options;
    const key = cacheKey(token);
    const { set } = environment;
    const visible: number[] = [];
    for (const [index, feature] of environment.document.features.entries()) {
      if (sees(token.projects, feature)) visible.push(index);
    }
    const isRead = (name: string) => set.isRead(name);
    const fillsAddress = audience === 'frontend' && isRead('remoteAddress');
    const readContext = (members: ContextMembers, request: HttpRequest): Context => {
      const context = readUnleashContext(members, isRead);
      if (fillsAddress) context.remoteAddress ??= clientIp(request);
      return context;
    };
    const count = ({ name, enabled, variant, appName }: UnleashUse) =>
      mode.metrics.addEvaluations({
        appName: appName ?? mode.identity.appName,
        featureName: name,
        environment: token.environment ?? 'default',
        timestampMs: this.#nowMs(),
        yes: enabled ? 1 : 0,
        no: enabled ? 0 : 1,
        variants: new Map(variant === undefined ? [] : [[variant, 1]]),
        metadata: nobody,
      });
    return new UnleashView({
      flags: views.flags,
      visible,
      flagSetId: `${scopeName(token.projects)}:${token.environment ?? 'default'}`,
      version: views.version,
      changedAtMs: core.environments.age(key)?.changedAtMs ?? this.#nowMs(),
      channel: channelOf(key),
      audience,
      memoryShare: 1 / (views.byScope.size + 1),
      evaluations: environment.counts.ofrep,
      knownBytes: core.settings.ofrepReplyCacheLimit / 4,
      draws: core.draws,
      readContext,
      addition: fillsAddress ? clientIp : () => '',
      count,
      lastHeardMs: () => this.#lastHeardMs(key),
    });
  }

  #lastHeardMs(key: string): number | undefined {
    const nowMs = this.#nowMs();
    let heard = this.#heard.get(key);
    if (heard === undefined || nowMs - heard.lookedMs >= heardForMs) {
      let heardMs: number | undefined;
      for (const { token, lastCheckMs } of this.#options.mode.refreshes()) {
        if (cacheKey(token) === key) heardMs = Math.max(heardMs ?? 0, lastCheckMs ?? this.#changedAtMs(key));
      }
      heard = { lookedMs: nowMs, heardMs };
      if (this.#heard.size >= maximumHeard) this.#heard.clear();
      this.#heard.set(key, heard);
    }
    return heard.heardMs;
  }

  #changedAtMs(key: string): number {
    return this.#options.core.environments.age(key)?.changedAtMs ?? 0;
  }

  #nowMs(): number {
    return this.#options.core.now();
  }
}

function scopeName(projects: readonly string[]): string {
  return projects.length === 0 || projects.includes('*') ? '*' : projects.join(',');
}

/**
 * What the flags hash to: replicas with the same flags agree on it. Not upstream's revision: documents of several tokens
 * are merged, and the revision of the first one stays with them.
 */
function versionOf({ document, sources }: Environment): string {
  const hash = createHash('sha1');
  for (const source of sources) hash.update(source);
  hash.update(JSON.stringify(document.segments ?? []));
  return hash.digest('hex').slice(0, 12);
}
