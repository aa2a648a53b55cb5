/** What a kind of extension is called, and the names under which lists of it are found. */
export interface ExtensionKind {
  readonly plural: string;
  readonly names: readonly string[];
}

export const strategyKind: ExtensionKind = { plural: 'strategies', names: ['strategies', 'customStrategies'] };
export const enricherKind: ExtensionKind = {
  plural: 'context enrichers',
  names: ['enrichers', 'contextEnrichers', 'customEnrichers', 'expCustomEnrichers'],
};

/**
 * The list that an extension module exports: as the module itself, as its default export, or under one of the usual
 * names.
 *
 * Source: Unleash Proxy specification 8.1 and 8.2.
 *
 * @throws TypeError when there is none
 */
export function exportedList(exports: unknown, path: string, { plural, names }: ExtensionKind): readonly unknown[] {
  const candidates = [exports, member(exports, 'default'), member(member(exports, 'default'), 'default')];
  for (const name of names) candidates.push(member(exports, name), member(member(exports, 'default'), name));
  const list = candidates.find((candidate) => Array.isArray(candidate));
  if (list !== undefined) return list;
  throw new TypeError(
    `${path} must export an array of ${plural}: module.exports = [ … ] or export default [ … ] (it exports ${describe(exports)})`,
  );
}

function member(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

function describe(exports: unknown): string {
  const value = member(exports, 'default') ?? exports;
  if (typeof value !== 'object' || value === null) return typeof value;
  const names = Object.keys(value).join(', ');
  return names === '' ? 'an empty object' : `an object with ${names}`;
}
