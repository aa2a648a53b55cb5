import { adoptedFamilies } from './adopted.ts';
import { type FamilyDefinition, findHalyardFamily } from './catalogue.ts';

/** What is promised about a family of either table; undefined for those of an application around Halyard. */
export function findFamily(name: string): FamilyDefinition | undefined {
  return findHalyardFamily(name) ?? (Object.hasOwn(adoptedFamilies, name) ? adoptedFamilies[name] : undefined);
}
