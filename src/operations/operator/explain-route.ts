import { BodyTooLargeError, type HttpReply, type HttpRequest } from '../../http/types.ts';
import { explainFlag } from './explain.ts';
import { explanationText } from './explanation-text.ts';
import { type OperatorRoute, operatorError, operatorJson, operatorText } from './routes.ts';
import type { OperatorMode } from './types.ts';

/** Largest question, in bytes. */
const bodyLimitBytes = 1_000_000;

/**
 * `POST /halyard/explain/{flag}`: the way to an answer, as JSON, with the same as text in it; with
 * `Accept: text/plain`, the text alone. The flag's name is percent-encoded and may hold slashes.
 */
export function explainRoute(modes: readonly OperatorMode[]): OperatorRoute {
  return {
    method: 'POST',
    path: '/explain/*',
    need: 'token',
    answer: (request, rest) => answer(modes, request, rest),
  };
}

async function answer(modes: readonly OperatorMode[], request: HttpRequest, rest: string): Promise<HttpReply> {
  const flag = decoded(rest);
  if (flag === undefined) {
    return operatorError(400, 'bad_request', 'The name of the flag is not percent-encoded text.');
  }
  const body = await readText(request);
  if (typeof body !== 'string') return body;
  const result = explainFlag(modes, flag, body);
  if (!result.ok) return operatorError(result.status, result.error, result.message, result.more);
  const text = explanationText(result.explanation, { colours: false });
  if (prefersText(request.header('accept'))) return operatorText(200, 'text/plain; charset=utf-8', text);
  return operatorJson(200, { ...result.explanation, text });
}

async function readText(request: HttpRequest): Promise<string | HttpReply> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await request.readBody(bodyLimitBytes));
  } catch (error) {
    if (error instanceof BodyTooLargeError) {
      return operatorError(413, 'too_large', `The body may have at most ${bodyLimitBytes} bytes.`);
    }
    if (error instanceof TypeError) return operatorError(400, 'bad_request', 'The body is not UTF-8.');
    throw error;
  }
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

function prefersText(accept: string | undefined): boolean {
  return accept?.includes('text/plain') === true && !accept.includes('json');
}
