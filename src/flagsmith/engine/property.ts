import { Float, isList, isObject, type Json, type JsonObject, type Scalar } from '../json/value.ts';
import type { EvaluationContext, Identity } from './context.ts';
import { type PathSegment, parseJsonPath, selectFirst } from './jsonpath.ts';
import { retype } from './values.ts';

/** Reads what a condition looks at. Null means "not set". */
export type PropertyReader = (identity: Identity | null) => Scalar;

/** What property readers may look at besides the identity. */
export type PropertyScope = Pick<EvaluationContext, 'environment' | 'features' | 'segments'>;

/**
 * Makes the reader of a property: a trait, or a `$.`-path unless a trait carries that very name (spec section 7.4,
 * vectors `jsonpath`). Everything a path can know without an identity is read here, once.
 */
export function propertyReader(property: string, scope: PropertyScope): PropertyReader {
  const trait: PropertyReader = (identity) => identity?.traits.get(property) ?? null;
  const path = property.startsWith('$.') ? parseJsonPath(property) : null;
  if (path === null) return trait;
  const read = pathReader(path, scope);
  return (identity) => identity?.traits.get(property) ?? read(identity);
}

function pathReader(path: readonly PathSegment[], scope: PropertyScope): PropertyReader {
  const names = plainNames(path);
  if (names === null || (names[0] !== 'identity' && names[0] !== 'environment')) return treeReader(path, scope);
  if (names[0] === 'environment') {
    const value = retype(toScalar(selectFirst(environmentTree(scope), path.slice(1))));
    return () => value;
  }
  const [, member, trait] = names;
  if (names.length === 2 && member === 'identifier') return (identity) => retype(identity?.identifier ?? null);
  if (names.length === 2 && member === 'key') return (identity) => retype(identity?.key ?? null);
  if (names.length === 3 && member === 'traits') return (identity) => identity?.traits.get(trait!) ?? null;
  return () => null;
}

function plainNames(path: readonly PathSegment[]): string[] | null {
  const names: string[] = [];
  for (const { descendant, selectors } of path) {
    const selector = selectors[0];
    if (descendant || selectors.length !== 1 || selector?.kind !== 'name') return null;
    names.push(selector.name);
  }
  return names;
}

/**
 * For paths with wildcards, descendants and the like, over the context's tree as the reference engine sees it. The
 * identity comes last in it, so what the rest holds is found once.
 */
function treeReader(path: readonly PathSegment[], scope: PropertyScope): PropertyReader {
  const found = selectFirst(fixedTree(scope), path);
  if (found !== undefined) {
    const value = retype(toScalar(found));
    return () => value;
  }
  return (identity) => {
    if (identity === null) return null;
    return retype(toScalar(selectFirst(new Map([['identity', identityTree(identity)]]), path)));
  };
}

const fixedTrees = new WeakMap<PropertyScope, JsonObject>();

function fixedTree(scope: PropertyScope): JsonObject {
  let tree = fixedTrees.get(scope);
  if (tree === undefined) {
    tree = new Map<string, Json>([
      ['environment', environmentTree(scope)],
      ['features', new Map(scope.features.map((feature) => [feature.name, featureTree(feature)]))],
      ['segments', new Map(scope.segments.map((segment) => [segment.key, segmentTree(segment)]))],
    ]);
    fixedTrees.set(scope, tree);
  }
  return tree;
}

function toScalar(value: Json | undefined): Scalar {
  if (value === undefined || isList(value) || isObject(value)) return null;
  return value as Scalar;
}

function environmentTree({ environment }: PropertyScope): JsonObject {
  return new Map([
    ['key', environment.key],
    ['name', environment.name],
  ]);
}

function identityTree(identity: Identity): JsonObject {
  return new Map<string, Json>([
    ['identifier', identity.identifier],
    ['key', identity.key],
    ['traits', identity.traits],
  ]);
}

function featureTree(feature: PropertyScope['features'][number]): JsonObject {
  return new Map<string, Json>([
    ['key', feature.key],
    ['name', feature.name],
    ['enabled', feature.enabled],
    ['value', feature.value],
    ['metadata', new Map([['id', feature.id]])],
    [
      'variants',
      feature.variants.map(
        ({ value, weight }) =>
          new Map([
            ['value', value],
            ['weight', new Float(weight)],
          ]),
      ),
    ],
  ]);
}

function segmentTree(segment: PropertyScope['segments'][number]): JsonObject {
  return new Map<string, Json>([
    ['key', segment.key],
    ['name', segment.name],
    ['overrides', segment.overrides.map(featureTree)],
  ]);
}
