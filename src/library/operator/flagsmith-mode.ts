import { randomUUID } from 'node:crypto';
import type { Explanation } from '../../flags/explanation.ts';
import type { KeyKind } from '../../flagsmith/environment/flag-text.ts';
import type { EnvironmentRegistry, RegisteredEnvironment } from '../../flagsmith/environment/registry.ts';
import { explainFlagsmith } from '../../flagsmith/explain/explain-request.ts';
import type { SyncFigures } from '../../flagsmith/upstream/environment-sync.ts';
import {
  mostCredentials,
  type OperatorEnvironment,
  type OperatorFetching,
  type OperatorFigure,
  type OperatorMode,
} from '../../operations/operator/types.ts';
import { ageSeconds } from './age.ts';
import { flagsmithFlags } from './flagsmith-flag.ts';

/** What operator tools look at in Flagsmith's mode. */
export interface FlagsmithModeParts {
  readonly registry: EnvironmentRegistry;
  /** What fetching came to; empty where nothing is fetched. */
  readonly figures: () => readonly SyncFigures[];
  readonly now: () => number;
  readonly own: () => readonly OperatorFigure[];
}

const title = 'Flagsmith';

/** Flagsmith's mode as operator tools see it. Environments go by the name in their document, else by a masked key. */
export function flagsmithMode(parts: FlagsmithModeParts): OperatorMode {
  const { registry } = parts;
  return {
    kind: 'flagsmith',
    title,
    environments: () => {
      const fetching = new Map(parts.figures().map((figures) => [figures.clientKey, figures]));
      return [...registry].map((registered) =>
        flagsmithEnvironment(registered, nameOf(registered, registry), fetching.get(registered.clientKey), parts),
      );
    },
    credentials: () =>
      [...registry].slice(0, mostCredentials).map((registered) => ({
        shown: maskKey(registered.clientKey),
        kind: 'client key',
        environment: nameOf(registered, registry),
        projects: ['*'],
      })),
    environmentOf: (credential) => {
      const match = registry.find(credential);
      return match && nameOf(match.registered, registry);
    },
    figures: parts.own,
  };
}

function flagsmithEnvironment(
  { clientKey, slot }: RegisteredEnvironment,
  name: string,
  figures: SyncFigures | undefined,
  { registry, now }: FlagsmithModeParts,
): OperatorEnvironment {
  const { current } = slot;
  const compiled = current?.model.compiled;
  return {
    name,
    answersTo: (said) => said === name || said === clientKey || said === compiled?.name,
    state: current && {
      revision: current.revision,
      origin: current.origin,
      publishedAtMs: current.publishedAtMs,
      flagCount: current.model.compiled.features.length,
    },
    fetching: figures && fetchingOf(figures),
    names: () => compiled?.features.map(({ feature }) => feature.name) ?? [],
    flags: () => (compiled === undefined ? [] : flagsmithFlags(compiled)),
    explain: (flag, { body, credential }): Explanation | undefined => {
      if (current === undefined) return undefined;
      const kind: KeyKind = credential === undefined ? 'server' : (registry.find(credential)?.kind ?? 'client');
      const { model, revision, origin, publishedAtMs } = current;
      const told = explainFlagsmith(model, kind, flag, body.trim() === '' ? '{}' : body, randomUUID);
      return (
        told && {
          ...told,
          environment: {
            mode: title,
            name,
            revision,
            origin,
            publishedAt: new Date(publishedAtMs).toISOString(),
            confirmedAgeSeconds: ageSeconds(figures?.lastSuccessMs ?? undefined, now()),
            evaluation: `flagsmith-${model.mode}`,
          },
        }
      );
    },
  };
}

function fetchingOf({ lastOutcome, lastSuccessMs, nextPollMs, failures }: SyncFigures): OperatorFetching {
  return {
    lastResult: lastOutcome ?? undefined,
    lastSuccessMs: lastSuccessMs ?? undefined,
    nextPollMs: nextPollMs ?? undefined,
    failures,
  };
}

/** The document's name where no other environment has the same. */
function nameOf({ clientKey, slot }: RegisteredEnvironment, registry: EnvironmentRegistry): string {
  const name = slot.current?.model.compiled.name ?? null;
  if (name === null || name === '') return `environment ${maskKey(clientKey)}`;
  let same = 0;
  for (const other of registry) if (other.slot.current?.model.compiled.name === name) same++;
  return same > 1 ? `${name} (${maskKey(clientKey)})` : name;
}

/** Client keys are public, but a page that is photographed should not hand them out. */
function maskKey(key: string): string {
  return key.length < 12 ? `${key.slice(0, 2)}****` : `${key.slice(0, 4)}****${key.slice(-2)}`;
}
