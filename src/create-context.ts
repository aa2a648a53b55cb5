/** Deep import of the original: `…/dist/create-context`. */
import { toClientContext } from './library/client-context.ts';
import type { ClientContext } from './library/client-types.ts';
import { sortContext } from './unleash/context/raw-context.ts';

/**
 * Sorts request parameters into a context: the known fields, and everything else among the properties.
 *
 * Source: Unleash Proxy specification 2.1.
 */
export function createContext(parameters: Readonly<Record<string, unknown>>): ClientContext {
  return toClientContext(sortContext(parameters, undefined));
}
