import { maskToken } from '../../tokens/mask.ts';
import { TokenValidationError } from '../../tokens/validation-error.ts';
import type { EdgeToken } from '../types.ts';
import type { EdgeEntity } from './entity.ts';

/** What a handler answers; entity tags, conditions and compression are added where it is sent. */
export interface Answer {
  readonly status: number;
  /** JSON text or a finished body; undefined for none. */
  readonly body?: string | EdgeEntity | undefined;
  /** Media type of a text that is no JSON. */
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Set where the same request will be answered alike until definitions or tokens change. */
  readonly repeats?: Repeats | undefined;
}

/** Told of each request that is answered again without being asked for it. */
export interface Repeats {
  repeated(): void;
}

/** For answers that nothing is counted for. */
export const uncounted: Repeats = { repeated() {} };

const textType = 'text/plain; charset=utf-8';

/** Any value as a JSON answer. For everything that is not asked for all the time. */
export function json(value: unknown, status = 200): Answer {
  return { status, body: JSON.stringify(value) };
}

/** Fixed answers. Source: Unleash Edge specification 6. */
export const answers = {
  accepted: { status: 202 },
  unauthorized: { status: 401 },
  forbidden: { status: 403 },
  notFound: { status: 404 },
  notAllowed: { status: 403, body: 'Could not find IP of client in allow list', contentType: textType },
  denied: { status: 403, body: 'IP address was found in the disallow list', contentType: textType },
  noCredential: json({ error: 'Not allowed to access' }, 403),
  notSubsumed: json(
    { error: 'Edge is running with strict behavior and the token is not subsumed by any registered tokens' },
    403,
  ),
  cacheMissing: json({ error: 'Fetching client features from cache failed' }, 500),
  notReady: json({ error: 'Edge is not ready to serve requests', status: 'NOTREADY' }, 503),
  notStreaming: json({ error: 'This endpoint is only enabled in streaming mode' }, 403),
  noDelta: { status: 500, body: 'Error: delta is not enabled', contentType: textType },
  overloaded: json({ error: 'Too many unknown tokens wait for validation' }, 503),
} satisfies Record<string, Answer>;

/** The text is no token. It may be a secret all the same and is not repeated (specification 27, 17). */
export function unparsableToken(presented: string): Answer {
  return json({ explanation: `Edge could not parse token: ${maskToken(presented)}` }, 403);
}

export function featureNotFound(name: string): Answer {
  return json({ error: `Failed to find feature with name ${name}` }, 404);
}

/** Nobody fetched this environment yet (specification 7). SDKs go on polling on this status. */
export function notHydrated({ projects, environment }: Pick<EdgeToken, 'projects' | 'environment'>): Answer {
  return json(
    {
      access: { environment: environment ?? 'default', project: projects.join(',') },
      explanation:
        'Edge does not yet have data for this token. Please make a call against /api/client/features with a client token that has the same access as your token',
    },
    511,
  );
}

/** The first fetch for a token failed (dynamic behaviour). */
export function hydrationFailed(reason: string): Answer {
  return json({ error: reason }, 500);
}

/** Body of the request cannot be used. */
export function badBody(message: string, status: 400 | 413 = 400): Answer {
  return { status, body: message, contentType: textType };
}

export function plainText(body: string, contentType = textType): Answer {
  return { status: 200, body, contentType };
}

/** Upstream could not say whether the token is valid (specification 6). */
export function validationFailed(error: unknown): Answer {
  if (!(error instanceof TokenValidationError)) throw error;
  const { failure } = error;
  switch (failure.kind) {
    case 'status':
      return json(
        {
          explanation: 'Received a non 200 status code when trying to validate token upstream',
          status_code: String(failure.status),
        },
        answerableStatus(failure.status),
      );
    case 'overloaded':
      return answers.overloaded;
    default:
      return json({ error: 'Edge token error' }, 400);
  }
}

/** Upstream's status is passed on, unless it means something else to the client than a failure. */
function answerableStatus(status: number): number {
  return status >= 400 && status <= 599 ? status : 502;
}
