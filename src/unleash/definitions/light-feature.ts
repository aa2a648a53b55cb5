import type { FeatureDefinition } from './types.ts';

/** Reads a flag from its compact JSON, the same each time. */
export type ReadSource = (source: string) => FeatureDefinition;

/**
 * A flag without its strategies and variants: these are read from the source again whenever somebody asks, which happens
 * when the flag is compiled and when an answer is explained. What is compiled holds all that requests need.
 */
export class LightFeature implements FeatureDefinition {
  readonly name: string;
  readonly enabled: boolean;
  readonly project: string | undefined;
  readonly impressionData: unknown;
  readonly dependencies: FeatureDefinition['dependencies'];
  readonly usesSegments: boolean;
  readonly source: string;
  readonly #read: ReadSource;

  /**
   * @param name the same text as the flag's: where somebody holds it already, it is held once
   * @param read gives the flag that is made light here
   */
  constructor(feature: FeatureDefinition, name: string, read: ReadSource) {
    this.name = name;
    this.enabled = feature.enabled;
    this.project = feature.project;
    this.impressionData = feature.impressionData;
    this.dependencies = feature.dependencies;
    this.usesSegments = feature.usesSegments;
    this.source = feature.source;
    this.#read = read;
  }

  get strategies(): FeatureDefinition['strategies'] {
    return this.whole.strategies;
  }

  get variants(): FeatureDefinition['variants'] {
    return this.whole.variants;
  }

  /** The flag with everything, for whoever needs more than one part. */
  get whole(): FeatureDefinition {
    return this.complete(this.#read(this.source));
  }

  /** The flag with everything, where it was just read: what is compiled keeps this flag's parts, and not copies of them. */
  complete(read: FeatureDefinition): FeatureDefinition {
    const { name, project, dependencies } = this;
    return { ...read, name, project, dependencies };
  }
}

/** The flag with everything, read at most once. */
export function wholeFeature(feature: FeatureDefinition): FeatureDefinition {
  return feature instanceof LightFeature ? feature.whole : feature;
}
