import { Entity } from '../../http/entity.ts';
import type { Definitions } from '../definitions/types.ts';
import { jsonType } from './toggle-list.ts';

/** What a server SDK may narrow the definitions to. */
export interface DefinitionsFilter {
  readonly project?: string | undefined;
  readonly namePrefix?: string | undefined;
}

/**
 * The definitions for server SDKs: every flag as received, and the segments they refer to, which the original leaves
 * out (specification 9.2, 4). Without segments upstream there is no such member, as in the original.
 */
export function definitionsDocument(definitions: Definitions, filter: DefinitionsFilter): Entity {
  const features = definitions.features.filter(
    ({ name, project }) =>
      (filter.project === undefined || project === filter.project) &&
      (filter.namePrefix === undefined || name.startsWith(filter.namePrefix)),
  );
  const segments = [...definitions.segments.values()].map(({ source }) => source);
  const members = [`"version":2`, `"features":[${features.map(({ source }) => source).join(',')}]`];
  if (segments.length > 0) members.push(`"segments":${JSON.stringify(segments)}`);
  return new Entity(`{${members.join(',')}}`, jsonType);
}
