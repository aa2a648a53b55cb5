import type { RegisteredEnvironment } from '../../flagsmith/environment/registry.ts';
import type { FlagsmithService } from '../../flagsmith/service.ts';
import type { ValueFamily } from '../../operations/edge-prometheus.ts';
import type { RequestCounts } from '../../operations/request-counts.ts';

type Labels = Readonly<Record<string, string>>;

/** What is looked at. */
export interface FlagsmithFiguresOptions {
  readonly service: Pick<FlagsmithService, 'registry' | 'figures'>;
  readonly requests: RequestCounts;
}

/** The figures of Flagsmith mode. Each environment has a label of its own that gives its key away to nobody. */
export function flagsmithFamilies({ service, requests }: FlagsmithFiguresOptions): ValueFamily[] {
  const { registry } = service;
  const served = (read: (slot: NonNullable<RegisteredEnvironment['slot']['current']>) => number) => () => {
    const labels = environmentLabels(registry);
    return [...registry].flatMap(({ clientKey, slot }): [Labels, number][] =>
      slot.current === undefined ? [] : [[labels.get(clientKey) ?? {}, read(slot.current)]],
    );
  };
  const synced = (read: (figures: ReturnType<FlagsmithService['figures']>['environments'][number]) => number) => () => {
    const labels = environmentLabels(registry);
    return service
      .figures()
      .environments.map((figures): [Labels, number] => [labels.get(figures.clientKey) ?? {}, read(figures)]);
  };
  return [
    {
      name: 'halyard_requests_total',
      help: 'Finished requests by endpoint and status.',
      type: 'counter',
      read: () =>
        [...requests.totals()].map(([key, count]): [Labels, number] => {
          const [endpoint = '', status = ''] = key.split(' ');
          return [{ endpoint, status }, count];
        }),
    },
    {
      name: 'halyard_upstream_polls_total',
      help: 'Finished polls of upstream by outcome.',
      type: 'counter',
      read: () => {
        const labels = environmentLabels(registry);
        return service
          .figures()
          .environments.flatMap(({ clientKey, polls }) =>
            Object.entries(polls).map(([outcome, count]): [Labels, number] => [
              { ...labels.get(clientKey), outcome },
              count,
            ]),
          );
      },
    },
    gauge(
      'halyard_upstream_failures',
      'Failed polls since the last good one.',
      synced(({ failures }) => failures),
    ),
    gauge(
      'halyard_upstream_last_success_timestamp_ms',
      'When upstream last confirmed the definitions in use, in milliseconds since the epoch. 0 before the first time.',
      synced(({ lastSuccessMs }) => lastSuccessMs ?? 0),
    ),
    gauge(
      'halyard_definitions_issues',
      'Parts of the definitions that cannot work and were left out.',
      synced(({ issues }) => issues),
    ),
    gauge(
      'halyard_definitions_revision',
      'Counts up with every change of the definitions in use.',
      served(({ revision }) => revision),
    ),
    gauge(
      'halyard_definitions_timestamp_ms',
      'When the definitions in use were put in use, in milliseconds since the epoch.',
      served(({ publishedAtMs }) => publishedAtMs),
    ),
    gauge(
      'halyard_definitions_from_backup',
      '1 while answers come from the definitions of an earlier run.',
      served(({ origin }) => (origin === 'backup' ? 1 : 0)),
    ),
    gauge(
      'halyard_definitions_characters',
      'Length of the definitions in use.',
      served(({ model }) => model.text.length),
    ),
    gauge(
      'halyard_flags',
      'Flags held.',
      served(({ model }) => model.compiled.features.length),
    ),
    gauge(
      'halyard_segments',
      'Segments held.',
      served(({ model }) => model.compiled.segments.length),
    ),
    gauge(
      'halyard_identity_overrides',
      'Identities with flags of their own.',
      served(({ model }) => model.compiled.identityOverrides.size),
    ),
    one('gauge', 'halyard_streams', 'Open realtime streams of clients.', () => service.figures().streams),
    one(
      'gauge',
      'halyard_usage_held_bytes',
      'Memory of reports of evaluations that wait.',
      () => service.figures().waitingEvaluationBytes,
    ),
    one(
      'counter',
      'halyard_usage_dropped_total',
      'Evaluations that found no room within the configured bound.',
      () => service.figures().droppedEvaluations,
    ),
  ];
}

/** By client key: the environment's name and the start of its key, which together name one environment only. */
function environmentLabels(registry: Iterable<RegisteredEnvironment>): ReadonlyMap<string, Labels> {
  const labels = new Map<string, Labels>();
  const taken = new Map<string, number>();
  for (const { clientKey, slot } of registry) {
    const name = slot.current?.model.name ?? '';
    const start = `${clientKey.slice(0, Math.min(4, clientKey.length >> 1))}…`;
    const earlier = taken.get(start) ?? 0;
    taken.set(start, earlier + 1);
    labels.set(clientKey, { environment: name, key: earlier === 0 ? start : `${start}${earlier + 1}` });
  }
  return labels;
}

function gauge(name: string, help: string, read: ValueFamily['read']): ValueFamily {
  return { type: 'gauge', name, help, read };
}

function one(type: ValueFamily['type'], name: string, help: string, read: () => number): ValueFamily {
  return { type, name, help, read: () => [[{}, read()]] };
}
