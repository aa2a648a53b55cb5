/** The client specification's suites, in the shape that Edge's frontend API answers. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { applyDelta } from '../../src/unleash/definitions/delta.ts';

export interface Case {
  readonly description: string;
  readonly toggleName: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly expectedResult: unknown;
}

export interface Suite {
  readonly name: string;
  /** Flags have a project: the client API hides those without, which the specification's are. */
  readonly document: { readonly features: readonly object[] };
  readonly tests: readonly Case[];
  readonly variantTests: readonly Case[];
}

export interface Toggle {
  readonly name: string;
  readonly enabled: boolean;
  readonly variant: { readonly name: string; readonly enabled: boolean; readonly payload: unknown };
}

interface File {
  readonly name: string;
  readonly state: { readonly events?: unknown; readonly features?: readonly object[] };
  readonly tests?: readonly Case[];
  readonly variantTests?: readonly Case[];
}

const folder = join(dirname(createRequire(import.meta.url).resolve('@unleash/client-specification')), 'specifications');
const load = <Shape>(file: string): Shape => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Shape;

export const suites: readonly Suite[] = load<string[]>('index.json').map((file) => {
  const { name, state, tests = [], variantTests = [] } = load<File>(file);
  const { features = [], ...rest } = state.events
    ? (applyDelta(undefined, state).document as { features: object[] })
    : state;
  const document = { ...rest, features: features.map((entry) => ({ project: 'default', ...entry })) };
  return { name, document, tests, variantTests };
});

export function queryOf({ properties, ...fields }: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) query.append(name, String(value));
  for (const [name, value] of Object.entries(properties ?? {})) query.append(`properties[${name}]`, String(value));
  return query.toString();
}

/** What the specification would call the answer about a variant. */
export function shownVariant(toggle: Toggle | undefined, expected: unknown): object {
  const { name = 'disabled', enabled = false, payload = null } = toggle?.variant ?? {};
  const { feature_enabled } = expected as { feature_enabled?: boolean };
  return {
    name,
    enabled,
    ...(payload === null ? {} : { payload }),
    ...(feature_enabled === undefined ? {} : { feature_enabled: toggle?.enabled ?? false }),
  };
}
