import { EvaluationCounts } from '../../flags/evaluations.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import { FlagUsage } from '../../flags/flag-usage.ts';
import { SnapshotSlot } from '../../flags/snapshot.ts';
import type { Slicing } from '../../flags/steps.ts';
import type { DefinitionIssue } from '../definitions/types.ts';
import { Draws } from '../engine/draws.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { Usage } from '../usage/usage.ts';
import type { IProxyConfig } from './config-types.ts';
import { createCustomStrategies } from './custom-strategies.ts';
import { EngineSource } from './engine-source.ts';
import { Loader } from './loader.ts';
import type { ProxyModel } from './model.ts';

/** The settings that holding and evaluating definitions looks at. */
export type CoreConfig = Pick<
  IProxyConfig,
  | 'unleashAppName'
  | 'environment'
  | 'customStrategies'
  | 'enableAllEndpoint'
  | 'replyCacheBytes'
  | 'usageLimits'
  | 'metricsFlagLimit'
  | 'logger'
>;

/** What holding and evaluating definitions needs of the outside world. */
export interface CoreEnvironment extends Slicing {
  readonly timers: { now(): number };
  readonly random: () => number;
  /** This machine's name, for the `applicationHostname` strategy. */
  readonly hostname: string;
  /** False where another process logs the problems inside documents; custom strategies log here all the same. */
  readonly reportsIssues?: boolean | undefined;
}

/** The parts between a document of definitions and answers, whatever the document comes from. */
export interface ProxyCore {
  readonly slot: SnapshotSlot<ProxyModel>;
  readonly usage: Usage;
  /** The same for metrics, since the start; all of it under one name of an environment, the empty one. */
  readonly flagUsage: FlagUsage;
  readonly evaluations: { readonly proxy: EvaluationCounts; readonly ofrep: EvaluationCounts };
  readonly source: EngineSource;
  readonly loader: Loader;
  /** What definitions are compiled with. */
  readonly engine: EngineEnvironment;
}

/** Puts these parts together. Problems inside documents are logged as warnings. */
export function createProxyCore(config: CoreConfig, environment: CoreEnvironment): ProxyCore {
  const { timers, random, hostname, reportsIssues = true } = environment;
  const { logger } = config;
  const draws = new Draws(random);
  const slot = new SnapshotSlot<ProxyModel>(timers.now);
  const usage = new Usage(config.usageLimits, timers.now);
  const flagUsage = new FlagUsage(
    config.metricsFlagLimit,
    (_environment, name) => (slot.current?.model.set.indexOf(name) ?? -1) >= 0,
  );
  const evaluations = { proxy: new EvaluationCounts(), ofrep: new EvaluationCounts() };
  const defaults = { appName: config.unleashAppName, environment: config.environment };
  const customStrategies = createCustomStrategies(config.customStrategies ?? [], logger, timers.now);
  const reportIssues = (issues: readonly DefinitionIssue[]) => {
    for (const { subject, message } of reportsIssues ? issues : []) {
      tell(logger, logEvents.documentIssue, subject === undefined ? message : `Flag "${subject}": ${message}`);
    }
  };
  const engine = { random: draws.next, now: timers.now, hostname, customStrategies };
  return {
    slot,
    usage,
    flagUsage,
    evaluations,
    engine,
    source: new EngineSource({ slot, defaults, usage: countedTwice(usage, flagUsage), evaluations, random, draws }),
    loader: new Loader({
      slot,
      environment: engine,
      kinds: config.enableAllEndpoint ? ['enabled', 'all'] : ['enabled'],
      cacheBytes: config.replyCacheBytes,
      onIssues: reportIssues,
      slicing: environment,
    }),
  };
}

/** Takes usage to be sent, and to be shown. */
function countedTwice(usage: Usage, shown: FlagUsage): Pick<Usage, 'count' | 'countVariant'> {
  return {
    count(name, yes, no) {
      usage.count(name, yes, no);
      shown.count(onlyEnvironment, name, 'on', yes);
      shown.count(onlyEnvironment, name, 'off', no);
    },
    countVariant(name, variant, count) {
      usage.countVariant(name, variant, count);
      shown.countVariant(onlyEnvironment, name, variant, count);
    },
  };
}

const onlyEnvironment = '';
