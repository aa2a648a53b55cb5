import { ExplainInputError, type FlagExplanation } from '../../flags/explanation.ts';
import { isRecord } from '../definitions/is-record.ts';
import { readDefinitions } from '../definitions/read-document.ts';
import type { FeatureDefinition } from '../definitions/types.ts';
import type { Context } from '../engine/context.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { explainAnswer, readsOf } from '../explain/explain.ts';
import { shownContext } from '../explain/shown-context.ts';
import { readQueryContext } from './context/query-context.ts';
import { ContextError, readContext } from './context/read-context.ts';
import { sees } from './documents/scope.ts';
import type { Environment } from './environments/environment.ts';
import { prepareForYggdrasil } from './environments/yggdrasil.ts';
import type { RawFeature } from './types.ts';

/**
 * Explains what `/api/frontend` answers for one flag. `question` is a parsed JSON object with the `context` of a POST or
 * the `query` string of a GET, read as these are.
 *
 * @param projects what the credential in question sees; undefined for everything
 * @returns undefined for an unknown flag
 * @throws ExplainInputError
 */
export function explainEdge(
  environment: Environment,
  engine: EngineEnvironment,
  flag: string,
  question: unknown,
  projects: readonly string[] | undefined,
): FlagExplanation | undefined {
  const { set, document, issues } = environment;
  const raw = (name: string): RawFeature | undefined => document.features[set.indexOf(name)];
  const asked = raw(flag);
  if (asked === undefined) return undefined;
  const { context, reader } = readQuestion(question);
  const segments = readDefinitions({ features: [], segments: document.segments }).segments;
  // As it was compiled; kept for one explanation, because parents are asked for several times.
  const read = new Map<string, FeatureDefinition | undefined>();
  const feature = (name: string): FeatureDefinition | undefined => {
    if (!read.has(name)) {
      const found = raw(name);
      const definitions = found && { ...readDefinitions({ features: [found] }), segments };
      read.set(name, definitions && prepareForYggdrasil(definitions).features[0]);
    }
    return read.get(name);
  };
  const problem = (name: string) => issues.find(({ subject }) => subject === name)?.message;
  const explained = { set, environment: engine, feature, segments, problem };
  const told = explainAnswer(explained, flag, context);
  if (told === undefined) return undefined;
  const notes: string[] = [];
  if (context.remoteAddress === undefined && readsOf(explained, flag).has('remoteAddress')) {
    notes.push('No remoteAddress was given: a request would bring the address of its client.');
  }
  const visible = projects === undefined || sees(projects, asked);
  if (!visible) notes.push('The credential does not see the project of this flag: it gets no answer at all.');
  return {
    flag,
    ...told,
    answer: { ...told.answer, visible },
    context: shownContext(context, reader),
    notes: [...notes, ...told.notes],
  };
}

function readQuestion(question: unknown): { readonly context: Context; readonly reader: string } {
  const { context = {}, query } = isRecord(question) ? question : {};
  if (query !== undefined && typeof query !== 'string') {
    throw new ExplainInputError('"query" has to be the text of a query string');
  }
  try {
    return query === undefined
      ? { context: readContext({ context }), reader: 'Unleash Edge, body of POST /api/frontend' }
      : { context: readQueryContext(query), reader: 'Unleash Edge, query string of GET /api/frontend' };
  } catch (error) {
    if (!(error instanceof ContextError)) throw error;
    throw new ExplainInputError(`${error.message}. An example: {"context": {"userId": "1"}}`);
  }
}
