import { Entity } from '../../http/entity.ts';
import { jsonType } from './toggle-list.ts';
import type { ValidationFault } from './validation.ts';

/** Status and body of a reply; headers and conditions are added where it is sent. */
export interface Answer {
  readonly status: number;
  readonly entity: Entity;
  /** True where clients and caches may keep the body for two seconds. */
  readonly cacheable?: boolean;
}

const htmlType = 'text/html; charset=utf-8';
const textType = 'text/plain; charset=utf-8';

/** Fixed answers. Their texts are matched on by probes and scripts. Source: specification 3.2 and 4. */
export const answers = {
  ok: { status: 200, entity: new Entity('ok', htmlType) },
  accepted: { status: 200, entity: new Entity('OK', textType) },
  unauthorized: { status: 401, entity: new Entity('Unauthorized', textType) },
  allDisabled: {
    status: 501,
    entity: new Entity(
      'The /proxy/all endpoint is disabled. Please check your server configuration. To enable it, set the `enableAllEndpoint` configuration option or `ENABLE_ALL_ENDPOINT` environment variable to `true`.',
      htmlType,
    ),
  },
  notReady: {
    status: 503,
    entity: new Entity(
      'The Unleash Proxy has not connected to the Unleash API and is not ready to accept requests yet.',
      htmlType,
    ),
  },
} satisfies Record<string, Answer>;

export function textAnswer(body: string, contentType: string): Answer {
  return { status: 200, entity: new Entity(body, contentType) };
}

/** The body or query does not fit its schema. */
export function invalid(validation: readonly ValidationFault[]): Answer {
  return json(400, { error: 'Request validation failed', validation });
}

/** The body is no JSON. */
export function unparsable(message: string): Answer {
  return json(400, {
    error: `We were unable to parse the data you provided. Please check it for syntax errors. The message we got was: "${message}"`,
  });
}

/** Something failed that the client may not be able to do anything about. */
export function failed(status: number, message: string): Answer {
  return json(status, {
    error: `Whoops! We dropped the ball on this one (an unexpected error occurred): ${message}`,
  });
}

function json(status: number, value: unknown): Answer {
  return { status, entity: new Entity(JSON.stringify(value), jsonType) };
}
