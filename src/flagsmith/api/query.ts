const plain = /^[A-Za-z0-9._~@-]*$/;

/** A query parameter's value, of a repeated one the last; undefined when it is not there. `name` has to be plain text. */
export function queryValue(query: string, name: string): string | undefined {
  if (query === '') return undefined;
  // one plain parameter is what SDKs send
  if (query.startsWith(name) && query.charCodeAt(name.length) === 0x3d) {
    const value = query.slice(name.length + 1);
    if (plain.test(value)) return value;
  }
  return new URLSearchParams(query).getAll(name).at(-1);
}
