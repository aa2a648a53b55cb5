import { ExplainInputError, type Explanation } from '../../flags/explanation.ts';
import { nearestNames } from '../../flags/nearest-names.ts';
import type { OperatorEnvironment, OperatorMode } from './types.ts';

/** An explanation, or why there is none, in words for people. */
export type ExplainResult =
  | { readonly ok: true; readonly explanation: Explanation }
  | {
      readonly ok: false;
      readonly status: 400 | 404 | 409 | 503;
      /** Stable word for programs. */
      readonly error: string;
      readonly message: string;
      readonly more?: Readonly<Record<string, unknown>>;
    };

interface Found {
  readonly mode: OperatorMode;
  readonly environment: OperatorEnvironment;
}

const example = '{"context": {"userId": "1"}, "environment": "development"}';
/** Most environments and names that an error lists. */
const mostNamed = 20;

/**
 * Explains one flag to an operator.
 *
 * @param body JSON: `context` as the system's SDKs send it, or `query`, a query string; `environment`; `mode`;
 * `credential`, one that SDKs use, to see what it sees
 */
export function explainFlag(modes: readonly OperatorMode[], flag: string, body: string): ExplainResult {
  const question = parse(body);
  if (typeof question === 'string') return problem(400, 'bad_request', question);
  const { environment: wanted, credential, mode: kind } = question;
  for (const [name, value] of Object.entries({ environment: wanted, credential, mode: kind })) {
    if (value !== undefined && typeof value !== 'string')
      return problem(400, 'bad_request', `"${name}" has to be a text`);
  }
  const asked = kind === undefined && credential === undefined ? modes : withThoseBeside(modes);
  const all = asked
    .filter((mode) => kind === undefined || mode.kind === kind)
    .flatMap((mode) => mode.environments().map((environment): Found => ({ mode, environment })));
  if (all.length === 0) {
    const others = asked.filter((mode) => mode.kind !== kind);
    if (kind !== undefined && others.length > 0)
      return problem(404, 'mode_not_found', notServed(others, kind as string));
    return problem(503, 'nothing_served', 'There is no environment to explain: nothing is served here yet.');
  }
  const found = choose(all, flag, wanted as string | undefined, credential as string | undefined);
  if (!('environment' in found)) return found;
  return explainIn(found, flag, body, credential as string | undefined);
}

function withThoseBeside(modes: readonly OperatorMode[]): OperatorMode[] {
  return modes.flatMap((mode) => [mode, ...(mode.beside ?? [])]);
}

function explainIn(
  { mode, environment }: Found,
  flag: string,
  body: string,
  credential: string | undefined,
): ExplainResult {
  const { state } = environment;
  if (state === undefined) {
    return problem(503, 'no_definitions', `Environment "${environment.name}" has no definitions yet.`);
  }
  try {
    const explanation = environment.explain(flag, { body, credential });
    if (explanation !== undefined) return { ok: true, explanation: inOrder(explanation) };
  } catch (error) {
    if (error instanceof ExplainInputError) return problem(400, 'bad_context', error.message);
    throw error;
  }
  const nearest = nearestNames(flag, environment.names());
  const where = `environment "${environment.name}" of ${mode.title}`;
  return problem(404, 'flag_not_found', `There is no flag "${flag.slice(0, 200)}" in ${where}.${hintOf(nearest)}`, {
    nearest,
  });
}

/** People read the JSON, too: what they look for comes first. */
function inOrder({ flag, answer, because, environment, context, notes, steps }: Explanation): Explanation {
  return { flag, answer, because, environment, context, notes, steps };
}

/** The environment that is meant: by credential, by name, the only one, or the only one that has the flag. */
function choose(
  all: readonly Found[],
  flag: string,
  wanted: string | undefined,
  credential: string | undefined,
): Found | Extract<ExplainResult, { ok: false }> {
  let left = all;
  if (credential !== undefined) {
    left = all.filter(({ mode, environment }) => mode.environmentOf(credential) === environment.name);
    if (left.length === 0) return problem(400, 'unknown_credential', 'The credential is not known here.');
  }
  if (wanted !== undefined) {
    left = left.filter(({ environment }) => environment.answersTo(wanted));
    if (left.length === 0) {
      const rest = credential === undefined ? '' : ' that the credential opens';
      return problem(
        404,
        'environment_not_found',
        `There is no environment "${wanted.slice(0, 200)}"${rest}. ${listOf(all)}`,
        {
          environments: namesOf(all),
        },
      );
    }
  }
  const [only] = left;
  if (left.length === 1 && only !== undefined) return only;
  const holding = left.filter(({ environment }) => environment.names().includes(flag));
  const [holder] = holding;
  if (holding.length === 1 && holder !== undefined) return holder;
  if (holding.length === 0 && left.some(({ environment }) => environment.state !== undefined))
    return unknownFlag(left, flag);
  const message = `Say which environment is meant, with "environment" (and "mode" where two systems have one of that name). ${listOf(left)}`;
  return problem(409, 'environment_needed', message, { environments: namesOf(left) });
}

function listOf(found: readonly Found[]): string {
  const names = namesOf(found);
  const left = new Set(found.map(({ environment }) => environment.name)).size - names.length;
  const more = left > 0 ? `, and ${left} more` : '';
  return `There are: ${names.map((name) => `"${name}"`).join(', ')}${more}.`;
}

function namesOf(found: readonly Found[]): string[] {
  return [...new Set(found.map(({ environment }) => environment.name))].slice(0, mostNamed);
}

/** No environment has such a flag: which one is meant makes no difference. */
function unknownFlag(found: readonly Found[], flag: string): Extract<ExplainResult, { ok: false }> {
  const nearest = nearestNames(flag, [...new Set(found.flatMap(({ environment }) => environment.names()))]);
  const message = `There is no flag "${flag.slice(0, 200)}" in any environment.${hintOf(nearest)} ${listOf(found)}`;
  return problem(404, 'flag_not_found', message, { nearest });
}

function hintOf(nearest: readonly string[]): string {
  return nearest.length > 0 ? ` Did you mean ${nearest.map((name) => `"${name}"`).join(', ')}?` : '';
}

function notServed(others: readonly OperatorMode[], kind: string): string {
  return `Nothing is served as "${kind.slice(0, 200)}". There are: ${others.map((mode) => `"${mode.kind}"`).join(', ')}.`;
}

function parse(body: string): Record<string, unknown> | string {
  if (body.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return `The body is not JSON (${(error as Error).message}). An example: ${example}`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return `The body has to be a JSON object. An example: ${example}`;
}

function problem(
  status: 400 | 404 | 409 | 503,
  error: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): Extract<ExplainResult, { ok: false }> {
  return { ok: false, status, error, message, more };
}
