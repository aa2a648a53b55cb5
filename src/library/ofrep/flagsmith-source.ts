import { createHash } from 'node:crypto';
import type { KeyKind } from '../../flagsmith/environment/flag-text.ts';
import type { RegisteredEnvironment } from '../../flagsmith/environment/registry.ts';
import type { ServedEnvironment } from '../../flagsmith/environment/served-environment.ts';
import type { FlagsmithService } from '../../flagsmith/service.ts';
import type { Access, OfrepSource, Refusal } from '../../ofrep/types.ts';
import { FlagsmithView } from './flagsmith-view.ts';

type Views = Partial<Record<KeyKind, FlagsmithView>>;

/** Flagsmith's flags, as client and server keys see them. */
export function flagsmithOfrepSource(service: FlagsmithService, disabledValues: boolean): OfrepSource {
  const { registry } = service;
  const views = new WeakMap<ServedEnvironment, Views>();

  const viewOf = (
    { clientKey, slot, evaluations }: RegisteredEnvironment,
    kind: KeyKind,
  ): FlagsmithView | undefined => {
    const { current } = slot;
    if (current === undefined) return undefined;
    const known: Views = views.get(current.model) ?? {};
    views.set(current.model, known);
    let view = known[kind];
    if (view === undefined) {
      view = new FlagsmithView({
        environment: current.model,
        kind,
        changedAtMs: current.publishedAtMs,
        channel: channelOf(clientKey),
        disabledValues,
        lastHeardMs: () => service.lastSuccessMs(clientKey) ?? current.publishedAtMs,
        onUsage: (resource) => service.onUsage(clientKey, resource),
        evaluations: evaluations.ofrep,
        count: (name, enabled) => service.onEvaluated(clientKey, name, enabled),
      });
      known[kind] = view;
    }
    return view;
  };
  const find = (channel: string): RegisteredEnvironment | undefined => {
    for (const registered of registry) if (channelOf(registered.clientKey) === channel) return registered;
    return undefined;
  };
  return {
    remembersContexts: false,
    authorize(credential): Access {
      const match = registry.find(credential);
      if (match === undefined) return unknown;
      const view = viewOf(match.registered, match.kind);
      return view === undefined ? notLoaded : { view };
    },
    revision(channel) {
      const registered = find(channel);
      const view = registered && viewOf(registered, 'client');
      return view && { version: view.version, changedAtMs: view.changedAtMs };
    },
    async refresh(channel) {
      const registered = find(channel);
      if (registered !== undefined) await service.refresh(registered.clientKey);
    },
    onChange: (listener) => registry.onPublish((clientKey) => listener(channelOf(clientKey))),
    onRevoked: (listener) => registry.onRevoked(listener),
  };
}

const refuse = (status: Refusal['status'], details: string): Access => ({ refusal: { status, details } });
const unknown = refuse(401, 'this environment key is not known');
const notLoaded = refuse(503, 'the flags of this environment have not been fetched yet');

/** A name of an environment that does not tell its key. */
function channelOf(clientKey: string): string {
  return createHash('sha256').update(`environment ${clientKey}`).digest('base64url').slice(0, 12);
}
