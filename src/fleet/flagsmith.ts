import type { Origin, PublishedElsewhere } from '../flags/snapshot.ts';
import type { FlagsmithCounts, FlagsmithService } from '../flagsmith/service.ts';
import { systemTimers } from '../operations/system-timers.ts';
import { Audience } from './audience.ts';
import { ConfirmationShare, type Confirmations, followConfirmations } from './confirmations.ts';
import type { Fleet, Share } from './fleet.ts';
import { handOverEvery } from './hand-over.ts';
import type { Link } from './link.ts';

interface About extends PublishedElsewhere {
  readonly clientKey: string;
  readonly origin: Origin;
}

const discoveredName = 'flagsmith-discovered';
const documentName = 'flagsmith-document';
const system = 'flagsmith';
const countsName = 'flagsmith-counts';
/** Workers hand over what they counted this often. */
const intervalMs = 1_000;

/** What the primary of Flagsmith mode does for its workers. */
export class FlagsmithShare {
  readonly #audience = new Audience();
  #discovered: string | undefined;

  /** To be given to the service: the environments that were discovered. */
  readonly onDiscovered = (text: string): void => {
    this.#discovered = text;
    this.#audience.each((worker) => worker.note(discoveredName, text));
  };

  /** Follows a service. @returns what to do for each worker */
  of(service: FlagsmithService): Share {
    const tell = (worker: Link, clientKey: string) => {
      const snapshot = service.registry.get(clientKey)?.slot.current;
      if (snapshot === undefined) return;
      const { revision, origin, publishedAtMs, model } = snapshot;
      const about: About = { clientKey, revision, origin, publishedAtMs };
      worker.sendBytes(documentName, about, new TextEncoder().encode(model.text));
    };
    service.registry.onPublish((clientKey) => this.#audience.each((worker) => tell(worker, clientKey)));
    const confirmed = new ConfirmationShare(system, () => confirmations(service));
    return (worker) => {
      worker.onQuestion(countsName, (counts) => service.addCounts(counts as FlagsmithCounts));
      return () => {
        this.#audience.add(worker);
        if (this.#discovered !== undefined) worker.note(discoveredName, this.#discovered);
        for (const { clientKey } of service.registry) tell(worker, clientKey);
        confirmed.add(worker);
      };
    };
  }
}

function confirmations(service: FlagsmithService): Confirmations {
  return [...service.registry].flatMap(({ clientKey }): [string, number][] => {
    const ms = service.lastSuccessMs(clientKey);
    return ms === null ? [] : [[clientKey, ms]];
  });
}

/** Keeps a worker's service as the primary's is, and hands over what is counted there. @returns what ends that */
export function followFlagsmith(
  service: FlagsmithService,
  fleet: Fleet,
  primary: Link,
  onProblem: (error: unknown) => void,
): () => Promise<void> {
  let work: Promise<unknown> = Promise.resolve();
  primary.onNote(discoveredName, (text) => service.follow.discovered(text as string));
  primary.onBytes(documentName, (value, bytes) => {
    const { clientKey, origin, revision, publishedAtMs } = value as About;
    const text = new TextDecoder().decode(bytes);
    work = work
      .then(() => service.follow.document(clientKey, text, origin, { revision, publishedAtMs }))
      .catch(onProblem);
  });
  followConfirmations(system, primary, (clientKey, ms) => service.follow.confirmed(clientKey, ms));
  fleet.before?.(() => work);
  return handOverEvery(systemTimers, intervalMs, async () => {
    const counts = service.takeCounts();
    if (Object.values(counts).every((list) => list.length === 0)) return;
    await primary.ask(countsName, counts).catch(() => service.addCounts(counts));
  });
}
