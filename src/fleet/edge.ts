import { type SendUpstream, UpstreamError, type UpstreamResponse } from '../http/upstream/types.ts';
import { type EdgeServerSettings, edgeAuthHeader } from '../library/edge/assemble-edge.ts';
import type { Edge, EdgeOutside } from '../library/edge/create-edge.ts';
import type { EdgeSettings } from '../library/edge/edge-store.ts';
import { systemTimers } from '../operations/system-timers.ts';
import type { RequestWindow } from '../unleash/edge/metrics/instance/request-counts.ts';
import type { EdgeService } from '../unleash/edge/service.ts';
import { cacheKey, type EdgeToken } from '../unleash/edge/types.ts';
import { upstreamProfile } from '../unleash/upstream/profile.ts';
import { Audience } from './audience.ts';
import { ConfirmationShare, type Confirmations, followConfirmations } from './confirmations.ts';
import type { Fleet, Share } from './fleet.ts';
import { LargeAnswer, type Link } from './link.ts';
import { answerPage, type PageQuestion } from './pages.ts';

/**
 * A worker of edge mode is an Edge whose upstream is the primary, as in a chain of Edges. What a chain lacks is added
 * here: the primary says at once that something changed, which tokens to fetch with, and which are valid no longer.
 */

const exchangeName = 'edge-upstream';
const changedName = 'edge-changed';
const revokedName = 'edge-revoked';
const fetchingName = 'edge-fetching';
const refusedName = 'edge-refused';
const requestsName = 'edge-requests';
const system = 'edge';
/** Stands for the primary in addresses. Nothing is ever connected to it. */
const primaryUrl = 'http://primary';
/** Workers hand over what they counted this often. */
const handOverSeconds = 1;
/** A worker listens after this long when the primary lacks something, too: it may come from upstream later. */
const firstFetchesMs = 10_000;

/** A token that the primary fetches with, and whether it has got something yet. */
interface Fetching {
  readonly token: EdgeToken;
  readonly held: boolean;
}

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The settings of a worker: those of its primary, with that as upstream, and nothing that only one process may do. */
export function workerEdgeSettings(
  server: EdgeServerSettings,
  settings: EdgeSettings,
): { readonly server: EdgeServerSettings; readonly settings: EdgeSettings } {
  const isGitlab = upstreamProfile(settings.upstreamProfile, settings.upstreamUrl) === 'gitlab';
  const strict = settings.strict || isGitlab;
  return {
    server: {
      ...server,
      // With GitLab a secret, which only the primary needs.
      instanceId: isGitlab ? undefined : server.instanceId,
      upstreamAuthHeader: edgeAuthHeader(server),
      serveStreaming: server.serveStreaming || settings.streaming,
    },
    settings: {
      ...settings,
      upstreamUrl: primaryUrl,
      upstreamProfile: 'unleash',
      strict,
      dynamic: !strict,
      // By their numbers, changes are the same in all workers.
      delta: settings.delta || settings.streaming || server.serveStreaming,
      streaming: false,
      metricsIntervalSeconds: handOverSeconds,
      prometheusRemoteWriteUrl: undefined,
    },
  };
}

/** The outside world of a worker. */
export function workerEdgeOutside(primary: Link): Pick<EdgeOutside, 'send' | 'openStream' | 'stateStore' | 'isWorker'> {
  return {
    send: sendToPrimary(primary),
    openStream: () => Promise.reject(new UpstreamError('aborted', 'workers ask for changes')),
    stateStore: undefined,
    isWorker: true,
  };
}

function sendToPrimary(primary: Link): SendUpstream {
  return async ({ method, url, headers, body }): Promise<UpstreamResponse> => {
    const path = url.slice(primaryUrl.length);
    // The primary introduces the whole group, and reports about all of it.
    if (path === '/api/client/register') return response({ status: 202, headers: {} }, new Uint8Array());
    const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const question: PageQuestion = {
      method,
      path,
      query: '',
      headers: lowerCase,
      peerAddress: undefined,
      body: new TextEncoder().encode(body ?? ''),
    };
    let answer: LargeAnswer;
    try {
      answer = (await primary.ask(exchangeName, question)) as LargeAnswer;
    } catch (error) {
      throw new UpstreamError('network', (error as Error).message);
    }
    const head = answer.value as Head;
    // The primary could not reach upstream; its words for that are for clients.
    if (path === '/edge/validate' && head.status === 400)
      throw new UpstreamError('network', 'upstream does not answer');
    return response(head, answer.bytes);
  };
}

function response({ status, headers }: Head, body: Uint8Array): UpstreamResponse {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { status, body, header: (name) => byName.get(name) };
}

/** What the primary of an Edge does for its workers. */
export class EdgeShare {
  readonly #audience = new Audience();

  /** To be given to the Edge: each token that it fetches with is one that workers fetch with. */
  readonly onFetchingWith = (token: EdgeToken): void => {
    this.#audience.each((worker) => worker.note(fetchingName, [{ token, held: false } satisfies Fetching]));
  };

  /** To be given to the Edge: what upstream refuses to it is refused to workers. */
  readonly onRefused = (token: EdgeToken): void => {
    this.#audience.each((worker) => worker.note(refusedName, token));
  };

  /** Follows an Edge. @returns what to do for each worker */
  of({ service, internal, metrics, onChange, holds }: Edge): Share {
    const fetching = (): Fetching[] =>
      service.refresh.refreshes.map(({ token }) => ({ token, held: holds(cacheKey(token)) }));
    onChange((key) => {
      // A worker may have given a token up that was refused and now fetches again.
      const own = fetching().filter(({ token }) => cacheKey(token) === key);
      this.#audience.each((worker) => {
        worker.note(fetchingName, own);
        worker.note(changedName, key);
      });
    });
    service.cache.onRevoked(({ token }) => this.#audience.each((worker) => worker.note(revokedName, token)));
    const confirmed = new ConfirmationShare(system, () => confirmations(service));
    return (worker) => {
      worker.onQuestion(exchangeName, async (question) => {
        const { status, headers, body } = await answerPage(internal, question as PageQuestion);
        const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
        return new LargeAnswer({ status, headers } satisfies Head, bytes);
      });
      worker.onNote(requestsName, (window) => metrics.addRequests(window as RequestWindow));
      return () => {
        this.#audience.add(worker);
        worker.note(fetchingName, fetching());
        confirmed.add(worker);
      };
    };
  }
}

/** By cache key; several tokens may fetch for one environment. */
function confirmations({ refresh }: EdgeService): Confirmations {
  const latest = new Map<string, number>();
  for (const { token, lastCheckMs } of refresh.refreshes) {
    const key = cacheKey(token);
    if (lastCheckMs !== undefined) latest.set(key, Math.max(latest.get(key) ?? 0, lastCheckMs));
  }
  return [...latest];
}

/** Keeps a worker's Edge as the primary's is, and hands over what is counted there. @returns what ends that */
export function followEdge({ service, metrics, settled }: Edge, fleet: Fleet, primary: Link): () => void {
  let first: { readonly held: Promise<unknown>[]; readonly missing: Promise<unknown>[] } | undefined = {
    held: [],
    missing: [],
  };
  primary.onNote(fetchingName, (all) => {
    for (const { token, held } of all as readonly Fetching[]) {
      if (service.cache.get(token.token) === undefined) service.cache.accept(token.token, token);
      const fetched = service.refresh.register(token);
      first?.[held ? 'held' : 'missing'].push(fetched);
    }
  });
  primary.onNote(refusedName, (token) => service.refusedElsewhere(token as EdgeToken));
  primary.onNote(revokedName, (token) => void service.validator.revalidate([token as string]));
  followConfirmations(system, primary, (key, ms) => service.refresh.confirm(key, ms));
  primary.onNote(changedName, (key) => {
    // Twice: a fetch that was under way may have begun before the change.
    const refresh = () => service.refresh.refresh(key as string);
    void refresh().then(refresh);
  });
  fleet.before?.(async () => {
    const { held = [], missing = [] } = first ?? {};
    first = undefined;
    await Promise.all([...held, Promise.race([Promise.all(missing), pause(firstFetchesMs)])]);
    await settled();
  });
  let cancel = () => {};
  const handOver = () => primary.note(requestsName, metrics.takeRequests());
  const schedule = () => {
    cancel = systemTimers.set(() => {
      handOver();
      schedule();
    }, handOverSeconds * 1000);
  };
  schedule();
  return () => {
    cancel();
    handOver();
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemTimers.set(resolve, ms);
  });
}
