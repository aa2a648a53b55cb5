import { hostname } from 'node:os';
import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import type { Origin, PublishedElsewhere } from '../flags/snapshot.ts';
import { runInSlices } from '../flags/steps.ts';
import { createService, createServiceEnvironment } from '../library/assemble.ts';
import type { AnsweringService } from '../library/built-in-client.ts';
import { addFigures } from '../operations/figures.ts';
import { systemSlicing } from '../operations/slicing.ts';
import { systemTimers } from '../operations/system-timers.ts';
import { parseJsonInSteps } from '../unleash/definitions/parse-json.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { createProxyCore, type ProxyCore } from '../unleash/proxy/core.ts';
import { noFigures, type ServiceFigures } from '../unleash/proxy/service.ts';
import type { UsageBucket } from '../unleash/usage/usage.ts';
import { Audience } from './audience.ts';
import { ConfirmationShare, followConfirmations } from './confirmations.ts';
import type { Fleet, Share } from './fleet.ts';
import { handOverEvery } from './hand-over.ts';
import type { Link } from './link.ts';

interface About extends PublishedElsewhere {
  readonly origin: Origin;
}

const definitionsName = 'proxy-definitions';
const usageName = 'proxy-usage';
const system = 'proxy';
/** There is one environment. */
const onlyEnvironment = '';
/** Workers hand over what they counted this often. */
const usageIntervalMs = 1_000;

/** What the built-in client of Unleash Proxy mode answers from in this process. */
export function proxyServiceIn(fleet: Fleet): (config: IProxyConfig) => AnsweringService {
  return (config) => {
    if (fleet.primary !== undefined) return followProxy(config, fleet, fleet.primary);
    const service = createService(config, createServiceEnvironment(config, fleet.instruments));
    fleet.share?.(shareProxy(service));
    return service;
  };
}

/**
 * Tells workers the definitions that are in use here, and adds what they counted.
 *
 * @param figures of what fetches them; without, nothing does
 */
export function shareProxy({
  slot,
  usage,
  figures,
}: Pick<ProxyCore, 'slot' | 'usage'> & { readonly figures?: Pick<ServiceFigures, 'lastFetchMs'> }): Share {
  const audience = new Audience();
  const tell = (worker: Link) => {
    const { current } = slot;
    if (current === undefined) return;
    const { revision, origin, publishedAtMs, model } = current;
    const about: About = { revision, origin, publishedAtMs };
    worker.sendBytes(definitionsName, about, model.document({}).bytes);
  };
  slot.onPublish(() => audience.each(tell));
  const confirmed = figures && new ConfirmationShare(system, () => [[onlyEnvironment, figures.lastFetchMs]]);
  return (worker) => {
    worker.onQuestion(usageName, (bucket) => usage.putBack(bucket as UsageBucket));
    return () => {
      audience.add(worker);
      tell(worker);
      confirmed?.add(worker);
    };
  };
}

/** Uses the definitions of the primary in a worker's core, and hands over what is counted there. */
export class ProxyFollower {
  /** Resolves when definitions are held for the first time. */
  readonly ready: Promise<void>;
  readonly #core: ProxyCore;
  #work: Promise<unknown> = Promise.resolve();
  /** Hands over what is left. */
  readonly stop: () => Promise<void>;

  constructor(core: ProxyCore, primary: Link, onProblem: (error: unknown) => void) {
    this.#core = core;
    this.ready = new Promise((resolve) => core.slot.onPublish(() => resolve()));
    primary.onBytes(definitionsName, (about, bytes) => {
      this.#work = this.#work.then(() => this.#load(about as About, bytes)).catch(onProblem);
    });
    this.stop = handOverEvery(systemTimers, usageIntervalMs, async () => {
      const bucket = core.usage.take();
      if (bucket === undefined) return;
      // What did not arrive is tried again, unless the primary is gone: then this process is about to end.
      await primary.ask(usageName, bucket).catch(() => core.usage.putBack(bucket));
    });
  }

  /** Resolves when everything that has arrived is in use. */
  settled(): Promise<unknown> {
    return this.#work;
  }

  async #load({ origin, revision, publishedAtMs }: About, bytes: Uint8Array): Promise<void> {
    const document = await runInSlices(parseJsonInSteps(bytes), systemSlicing);
    await this.#core.loader.load(document, origin, { revision, publishedAtMs });
  }
}

function followProxy(config: IProxyConfig, fleet: Fleet, primary: Link): AnsweringService {
  const core = createProxyCore(config, {
    timers: systemTimers,
    random: Math.random,
    hostname: process.env.HOSTNAME || hostname(),
    ...systemSlicing,
    // What is wrong with a document the primary has said, once for all.
    reportsIssues: false,
  });
  const follower = new ProxyFollower(core, primary, (error) =>
    tell(config.logger, logEvents.workerDocumentUnusable, error),
  );
  fleet.before?.(() => follower.settled());
  const figures = noFigures();
  followConfirmations(system, primary, (_environment, ms) => {
    figures.lastFetchMs = ms;
  });
  core.source.upstream = { lastHeardMs: () => figures.lastFetchMs, refresh: async () => {} };
  const removeFigures = addFigures({ ...core, figures, environmentName: config.environment });
  return {
    source: core.source,
    slot: core.slot,
    engine: core.engine,
    figures,
    ready: follower.ready,
    start: () => undefined,
    setToken: () => undefined,
    async stop() {
      removeFigures();
      await follower.stop();
    },
  };
}
