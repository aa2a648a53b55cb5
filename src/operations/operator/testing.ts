import type { OperatorFlag, OperatorMode } from './types.ts';

/** A mode for tests with one environment, whose flags are names and definitions. */
export function testMode(options: {
  readonly flags: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly title?: string;
  readonly kind?: OperatorMode['kind'];
  readonly onRead?: () => void;
}): { readonly mode: OperatorMode; publish(flags: Readonly<Record<string, string>>): void; remove(): void } {
  const { environment: name = 'default', title = 'Unleash Proxy', kind = 'proxy', onRead } = options;
  let { flags } = options;
  let revision = 1;
  let removed = false;
  const list = (): OperatorFlag[] => {
    onRead?.();
    return Object.entries(flags).map(([flag, definition]) => ({
      name: flag,
      state: definition.includes('"on"') ? 'on' : definition.includes('"off"') ? 'off' : 'depends',
      project: 'web',
      fingerprint: () => definition,
    }));
  };
  const mode: OperatorMode = {
    kind,
    title,
    environments: () =>
      removed
        ? []
        : [
            {
              name,
              answersTo: (said) => said === name,
              state: { revision, origin: 'upstream', publishedAtMs: 5_000, flagCount: Object.keys(flags).length },
              fetching: { lastResult: 'changed', lastSuccessMs: 6_000, nextPollMs: 21_000, failures: 0 },
              names: () => Object.keys(flags),
              flags: list,
              explain: () => undefined,
            },
          ],
    credentials: () => [{ shown: 'client key 1 ****', kind: 'client key', environment: name, projects: ['*'] }],
    environmentOf: () => undefined,
    figures: () => [{ group: 'requests', name: '200', value: 7, counter: true }],
  };
  return {
    mode,
    publish(next) {
      flags = next;
      revision++;
    },
    remove() {
      removed = true;
    },
  };
}
