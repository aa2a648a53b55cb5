import { ExplainInputError, type FlagExplanation } from '../../flags/explanation.ts';
import { type ContextDefaults, toEvaluationContext } from '../context/evaluation-context.ts';
import { parseQuery } from '../context/query-context.ts';
import { type RawContext, sortContext } from '../context/raw-context.ts';
import { isRecord } from '../definitions/is-record.ts';
import type { Definitions } from '../definitions/types.ts';
import type { FlagSet } from '../engine/flag-set.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { explainAnswer, readsOf } from '../explain/explain.ts';
import { shownContext } from '../explain/shown-context.ts';
import { validateContextQuery, validateLookup } from './validation.ts';

/** What an explanation of this dialect needs. */
export interface ProxyExplained {
  readonly set: FlagSet;
  readonly definitions: Definitions;
  readonly engine: EngineEnvironment;
  readonly defaults: ContextDefaults;
  /** Context enrichers are configured: what they would add is not known here. */
  readonly enriches: boolean;
}

/**
 * Explains what `/proxy` answers for one flag. `question` is a parsed JSON object with the `context` of a POST or the
 * `query` string of a GET, read as these are.
 *
 * @returns undefined for an unknown flag
 * @throws ExplainInputError
 */
export function explainProxy(served: ProxyExplained, flag: string, question: unknown): FlagExplanation | undefined {
  const { set, definitions, engine, defaults, enriches } = served;
  const { raw, reader } = readQuestion(question);
  const byName = new Map(definitions.features.map((feature) => [feature.name, feature]));
  const explained = {
    set,
    environment: engine,
    feature: (name: string) => byName.get(name),
    segments: definitions.segments,
    problem: (name: string) => definitions.issues.find(({ subject }) => subject === name)?.message,
  };
  const reads = readsOf(explained, flag);
  const context = toEvaluationContext(raw, defaults);
  const notes: string[] = [];
  if (context.sessionId === undefined && reads.has('sessionId')) {
    context.sessionId = String(engine.random());
    notes.push('No sessionId was given: one was made up, as it is for every request without one.');
  }
  if (context.remoteAddress === undefined && reads.has('remoteAddress')) {
    notes.push('No remoteAddress was given: a request would bring the address of its client.');
  }
  if (enriches) notes.push('Context enrichers are configured and were not asked: give the context as they leave it.');
  const told = explainAnswer(explained, flag, context);
  if (told === undefined) return undefined;
  return { flag, ...told, context: shownContext(context, reader), notes: [...notes, ...told.notes] };
}

function readQuestion(question: unknown): { readonly raw: RawContext; readonly reader: string } {
  const { context = {}, query } = isRecord(question) ? question : {};
  if (typeof query === 'string') {
    const parsed = parseQuery(query);
    check(validateContextQuery({ query: parsed, body: {} }));
    return { raw: sortContext(parsed, undefined), reader: 'Unleash Proxy, query string of GET /proxy' };
  }
  if (query !== undefined) throw new ExplainInputError('"query" has to be the text of a query string');
  if (!isRecord(context)) throw new ExplainInputError('"context" has to be an object, for example {"userId": "1"}');
  // Values are converted in place, and the question may be used again.
  const body = { context: structuredClone(context) };
  check(validateLookup({ body }));
  return { raw: sortContext(body.context, undefined), reader: 'Unleash Proxy, body of POST /proxy' };
}

function check(faults: ReturnType<typeof validateLookup>): void {
  if (faults === undefined) return;
  const [fault] = faults;
  throw new ExplainInputError(`${fault?.instancePath.slice(1) || 'the question'} ${fault?.message ?? 'is not valid'}`);
}
