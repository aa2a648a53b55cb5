import type { Steps } from '../../../flags/steps.ts';
import type { ClientFeatures, EdgeToken, RawFeature } from '../types.ts';
import { isOwned, mergeFeaturesInSteps } from './merge.ts';

/**
 * Merges what tokens fetch, so that an environment holds what their last answers had, and no more: what merging alone
 * never lets go of goes, too. Those are segments that upstream has no longer and no flag refers to, and flags outside of
 * a token's projects that it brought before and does not bring again. Neither is ever served to that token; upstream
 * has no reason to send the latter, but one that did, with names that are ever new, would fill the memory.
 *
 * Who brought a flag that an earlier run kept is not known: it stays.
 */
export class LastAnswers {
  /** Token that brought a flag of a project that is not the token's own. */
  readonly #strays = new WeakMap<RawFeature, string>();

  /** {@link mergeFeaturesInSteps} with that. */
  *mergeInSteps(
    token: Pick<EdgeToken, 'token' | 'projects'>,
    held: ClientFeatures | undefined,
    update: ClientFeatures,
  ): Steps<ClientFeatures> {
    const before = held && this.#without(token.token, held);
    yield;
    const merged = yield* mergeFeaturesInSteps(token, before, update);
    const strays = update.features.filter((feature) => !isOwned(feature, token.projects));
    if (strays.length > 0) {
      const others = new Set(before?.features);
      for (const feature of strays) if (!others.has(feature)) this.#strays.set(feature, token.token);
    }
    yield;
    // Whose projects they are has brought them now.
    for (const feature of merged.features) if (isOwned(feature, token.projects)) this.#strays.delete(feature);
    yield;
    return withoutUnusedSegments(merged, update);
  }

  #without(token: string, held: ClientFeatures): ClientFeatures {
    const features = held.features.filter((feature) => this.#strays.get(feature) !== token);
    return features.length === held.features.length ? held : { ...held, features };
  }
}

/** Those that upstream sent just now stay in any case: a later delta event may refer to them. */
function withoutUnusedSegments(document: ClientFeatures, update: ClientFeatures): ClientFeatures {
  const { features, segments } = document;
  if (segments === undefined || update.segments === undefined || segments.length === update.segments.length) {
    return document;
  }
  const wanted = new Set(update.segments.map(({ id }) => id));
  for (const feature of features) for (const id of feature.segments) wanted.add(id);
  return { ...document, segments: segments.filter(({ id }) => wanted.has(id)) };
}
