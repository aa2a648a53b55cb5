import { Float, isList, isObject, type Json, type JsonObject, type Scalar } from '../json/value.ts';
import type { EvaluationContext, Identity } from './context.ts';
import { maxVisits, type PathSegment, parseJsonPath, selectFirst } from './jsonpath.ts';
import { retype } from './values.ts';
import type { Work } from './work.ts';

/** Reads what a condition looks at. Null means "not set". */
export type PropertyReader = (identity: Identity | null) => Scalar;

/** What property readers may look at besides the identity. */
export interface PropertyScope extends Pick<EvaluationContext, 'environment' | 'features' | 'segments'> {
  /** What reading may cost; without it it may cost anything. */
  readonly work?: Work;
}

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
  if (names.length === 2 && member === 'identifier') return (identity) => typed(identity?.identifier, scope);
  if (names.length === 2 && member === 'key') return (identity) => typed(identity?.key, scope);
  if (names.length === 3 && member === 'traits') return (identity) => identity?.traits.get(trait!) ?? null;
  return () => null;
}

/** Looking whether a text is a number takes a moment when it is long. */
function typed(text: string | undefined, { work }: PropertyScope): Scalar {
  if (text === undefined || (text.length > shortLength && work?.spend(text.length) === false)) return null;
  return retype(text);
}

const shortLength = 100;

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
  const { tree, visits } = fixedTree(scope);
  const own = { left: Math.min(maxVisits, visits.left) };
  const allowed = own.left;
  const found = selectFirst(tree, path, own);
  visits.left -= allowed - own.left;
  if (found !== undefined) {
    const value = retype(toScalar(found));
    return () => value;
  }
  return (identity) => {
    if (identity === null) return null;
    const root = new Map([['identity', identityTree(identity)]]);
    if (scope.work === undefined) return retype(toScalar(selectFirst(root, path)));
    const visits = { left: Math.min(maxVisits, scope.work.left / stepsPerVisit) };
    const allowed = visits.left;
    const found = selectFirst(root, path, visits);
    scope.work.spend((allowed - visits.left) * stepsPerVisit + stepsPerTree);
    return retype(toScalar(found));
  };
}

const stepsPerVisit = 8;
const stepsPerTree = 200;
/** Most nodes that are visited for all paths of a document while it is compiled. */
const visitsPerDocument = 1_000_000;
/** In larger documents paths see no features and segments: making their tree would take too long, for nobody. */
const largestTree = 2_000;

interface FixedTree {
  readonly tree: JsonObject;
  /** What is left of {@link visitsPerDocument}. */
  readonly visits: { left: number };
}

const fixedTrees = new WeakMap<PropertyScope, FixedTree>();

function fixedTree(scope: PropertyScope): FixedTree {
  let fixed = fixedTrees.get(scope);
  if (fixed === undefined) {
    fixed = { tree: makeTree(scope), visits: { left: visitsPerDocument } };
    fixedTrees.set(scope, fixed);
  }
  return fixed;
}

function makeTree(scope: PropertyScope): JsonObject {
  const tree = new Map<string, Json>([['environment', environmentTree(scope)]]);
  if (scope.features.length + scope.segments.length > largestTree) return tree;
  tree.set('features', new Map(scope.features.map((feature) => [feature.name, featureTree(feature)])));
  tree.set('segments', new Map(scope.segments.map((segment) => [segment.key, segmentTree(segment)])));
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
