import type { Steps } from '../../../flags/steps.ts';
import type { ClientFeatures, FeatureScope } from '../types.ts';
import { featuresInScope, segmentsOf } from './scope.ts';

/** Characters that become bytes in one step. */
const stretchCharacters = 128 * 1024;
const copiedBytes = 1024 * 1024;

/**
 * Writes what the client API answers to a scope, in steps: as bytes, because one text of a large document would be
 * joined, and then encoded, in one go.
 *
 * @param environment as the answer's `query` names it
 *
 * Source: Unleash Edge specification 9.1.
 */
export function* clientDocumentInSteps(
  { version, segments = [], meta, features: all }: ClientFeatures,
  scope: FeatureScope,
  environment: string | null,
): Steps<Uint8Array> {
  const features = featuresInScope(all, scope);
  yield;
  const used = segmentsOf(features, segments);
  yield;
  const query = {
    projects: scope.projects,
    ...(scope.namePrefix === undefined ? {} : { namePrefix: scope.namePrefix }),
    ...(environment === null ? {} : { environment }),
    inlineSegmentConstraints: false,
  };
  const parts: Uint8Array[] = [];
  let text = `{"version":${version},"features":[`;
  let comma = '';
  for (const feature of features) {
    text += comma + feature.text;
    comma = ',';
    if (text.length < stretchCharacters) continue;
    parts.push(Buffer.from(text));
    text = '';
    yield;
  }
  text += ']';
  comma = ',"segments":[';
  for (const segment of used) {
    text += comma + JSON.stringify(segment);
    comma = ',';
    if (text.length < stretchCharacters) continue;
    parts.push(Buffer.from(text));
    text = '';
    yield;
  }
  if (used.length > 0) text += ']';
  text += `,"query":${JSON.stringify(query)}`;
  if (meta !== undefined) text += `,"meta":${JSON.stringify(meta)}`;
  parts.push(Buffer.from(`${text}}`));
  return yield* joined(parts);
}

function* joined(parts: readonly Uint8Array[]): Steps<Uint8Array> {
  // Not from Node's pool: a small document that is kept would keep a whole slab of it.
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  let pausedAt = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
    if (offset - pausedAt < copiedBytes) continue;
    pausedAt = offset;
    yield;
  }
  return bytes;
}
