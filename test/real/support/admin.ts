/** The parts of Unleash's admin API that the tests use, each a method; anything but a 2xx throws with the answer. */
import { send } from '../../support/http.ts';
import type { UnleashServer } from './unleash-server.ts';

export interface Constraint {
  readonly contextName: string;
  readonly operator: string;
  readonly values?: readonly string[];
  readonly value?: string;
  readonly inverted?: boolean;
  readonly caseInsensitive?: boolean;
}

export interface Payload {
  readonly type: 'string' | 'json' | 'csv' | 'number';
  readonly value: string;
}

export interface Variant {
  readonly name: string;
  readonly weight: number;
  readonly weightType: 'variable' | 'fix';
  readonly stickiness: string;
  readonly payload?: Payload;
  readonly overrides?: readonly { readonly contextName: string; readonly values: readonly string[] }[];
}

export interface Strategy {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly constraints?: readonly Constraint[];
  readonly segments?: readonly number[];
  readonly variants?: readonly Variant[];
}

export interface Segment {
  readonly name: string;
  readonly constraints: readonly Constraint[];
}

/** Usage of one flag by one app, summed over the hours that Unleash keeps apart. */
export interface Usage {
  readonly yes: number;
  readonly no: number;
  readonly variants: Readonly<Record<string, number>>;
}

interface RawUsage {
  readonly data: readonly {
    readonly appName: string;
    readonly environment: string;
    readonly yes: number;
    readonly no: number;
    readonly variants?: Readonly<Record<string, number>>;
  }[];
}

export interface Application {
  readonly appName: string;
  readonly strategies: readonly { readonly name: string; readonly notFound?: boolean }[];
  readonly instances: readonly { readonly instanceId: string; readonly sdkVersion?: string | null }[];
}

export type Admin = ReturnType<typeof adminApi>;

export function adminApi({ url, adminToken }: UnleashServer) {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await send(Number(new URL(url).port), {
      method,
      path: `/api/admin${path}`,
      headers: { authorization: adminToken, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (status < 200 || status > 299) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  const features = '/projects/default/features';
  const inEnvironment = (name: string, environment: string) => `${features}/${name}/environments/${environment}`;

  return {
    /** Adds a strategy type, such as those that a new Unleash no longer has. */
    addStrategyType: (name: string, parameter: string) =>
      call<unknown>('POST', '/strategies', {
        name,
        description: 'for the test',
        parameters: [{ name: parameter, type: 'string', description: '', required: false }],
      }),
    addSegment: async (segment: Segment) => (await call<{ id: number }>('POST', '/segments', segment)).id,
    changeSegment: (id: number, segment: Segment) => call<unknown>('PUT', `/segments/${id}`, segment),
    addFlag: (name: string, impressionData = false) =>
      call<unknown>('POST', features, { name, type: 'release', impressionData }),
    archive: (name: string) => call<unknown>('DELETE', `${features}/${name}`),
    addParent: (name: string, feature: string, variants?: readonly string[]) =>
      call<unknown>('POST', `${features}/${name}/dependencies`, { feature, ...(variants ? { variants } : {}) }),
    addStrategy: async (name: string, environment: string, strategy: Strategy) =>
      (await call<{ id: string }>('POST', `${inEnvironment(name, environment)}/strategies`, strategy)).id,
    changeStrategy: (name: string, environment: string, id: string, strategy: Strategy) =>
      call<unknown>('PUT', `${inEnvironment(name, environment)}/strategies/${id}`, strategy),
    setFlagVariants: (name: string, environment: string, variants: readonly Variant[]) =>
      call<unknown>('PUT', `${inEnvironment(name, environment)}/variants`, variants),
    turn: (name: string, environment: string, state: 'on' | 'off') =>
      call<unknown>('POST', `${inEnvironment(name, environment)}/${state}`),
    addToken: async (tokenName: string, type: 'backend' | 'frontend', environment: string) =>
      (await call<{ secret: string }>('POST', '/api-tokens', { tokenName, type, environment, projects: ['*'] })).secret,
    usage: async (name: string, appName: string, environment: string): Promise<Usage> => {
      const { data } = await call<RawUsage>('GET', `/client-metrics/features/${name}/raw`);
      const mine = data.filter((row) => row.appName === appName && row.environment === environment);
      const variants: Record<string, number> = {};
      for (const [variant, count] of mine.flatMap((row) => Object.entries(row.variants ?? {}))) {
        variants[variant] = (variants[variant] ?? 0) + count;
      }
      const sum = (field: 'yes' | 'no') => mine.reduce((total, row) => total + row[field], 0);
      return { yes: sum('yes'), no: sum('no'), variants };
    },
    application: (appName: string) => call<Application>('GET', `/metrics/applications/${appName}`),
  };
}
