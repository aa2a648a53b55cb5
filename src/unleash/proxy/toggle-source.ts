import type { ClientAddress } from '../../http/client-address.ts';
import type { Entity } from '../../http/entity.ts';
import type { HttpRequest } from '../../http/types.ts';
import type { RawContext } from '../context/raw-context.ts';
import type { Context } from '../engine/context.ts';
import type { DefinitionsFilter } from './definitions-document.ts';
import type { ListKind } from './toggle-list.ts';

/** What the API asks for answers. Halyard's engine is one; a client object from an embedding application another. */
export interface ToggleSource {
  isReady(): boolean;
  list(kind: ListKind, context: RawContext): Entity | Promise<Entity>;
  named(names: readonly string[], context: RawContext): Entity | Promise<Entity>;
  definitions(filter: DefinitionsFilter): Entity | Promise<Entity>;
  /** Takes a validated and converted metrics body. */
  registerMetrics(body: unknown): void;
  /** Takes a validated and converted registration, where anybody wants to know. */
  registerClient?(body: unknown): void;
  /** The short way for lists, where there is one. */
  readonly quick?: QuickSource | undefined;
}

/** Answers lists from a context that was read straight from the query string. */
export interface QuickSource {
  /** @param addressGiven whether the context's address stands in the query, rather than being the socket's */
  list(kind: ListKind, context: Context, query: string, addressGiven: boolean): Entity;
  /** The list for a query that was met before; undefined when it has to be read. */
  recall(kind: ListKind, request: HttpRequest, addressOf: ClientAddress): Entity | undefined;
  /** True when the named context field can change an answer. */
  isRead(field: string): boolean;
}
