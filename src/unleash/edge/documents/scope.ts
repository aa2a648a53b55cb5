import type { FeatureScope, RawFeature, RawSegment } from '../types.ts';
import { projectOf } from './merge.ts';

/** True when a scope shows everything of its environment. */
export function showsAllProjects(projects: readonly string[]): boolean {
  return projects.length === 0 || projects.includes('*');
}

/** Whether a token with these projects sees a flag in the frontend API (specification 8.3). */
export function sees(projects: readonly string[], feature: RawFeature): boolean {
  return showsAllProjects(projects) || projects.includes(projectOf(feature));
}

/**
 * The flags that a scope shows in the client API. Unlike in the frontend API, flags without a project are never shown
 * (specification 9.1).
 */
export function featuresInScope(features: readonly RawFeature[], scope: FeatureScope): RawFeature[] {
  const all = showsAllProjects(scope.projects);
  const { namePrefix } = scope;
  return features.filter(
    (feature) =>
      feature.project !== undefined &&
      (all || scope.projects.includes(feature.project)) &&
      (namePrefix === undefined || feature.name.startsWith(namePrefix)),
  );
}

/** The segments that some flags refer to. The original serves all it ever saw (specification 27, 14). */
export function segmentsOf(features: readonly RawFeature[], segments: readonly RawSegment[]): RawSegment[] {
  const used = new Set<unknown>();
  for (const feature of features) for (const id of feature.segments) used.add(id);
  return segments.filter(({ id }) => used.has(id));
}
