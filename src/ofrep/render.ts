import type { Answer, TypedView } from './types.ts';

const noMetadata = '{}';

/** One evaluated flag as JSON: an evaluation, or the fault in its place. */
export interface RenderedEntry {
  readonly json: string;
  /** False where it says why there is no evaluation. */
  readonly ok: boolean;
}

/**
 * Writes one flag. A value that is not there is left out: `null` is a value to clients.
 *
 * @param setMetadata what is said about the whole set; part of single replies, which have no other place for it
 */
export function renderEntry(
  key: string,
  answer: Answer,
  view: TypedView | undefined,
  setMetadata: Answer['metadata'] | undefined,
): RenderedEntry {
  const value = answer.value(view);
  const metadata = metadataJson(setMetadata === undefined ? answer.metadata : { ...setMetadata, ...answer.metadata });
  const name = JSON.stringify(key);
  if (typeof value === 'object') {
    const { errorCode, details } = value;
    const json = `{"key":${name},"errorCode":"${errorCode}","errorDetails":${JSON.stringify(details)},"metadata":${metadata}}`;
    return { json, ok: false };
  }
  const member = value === undefined ? '' : `"value":${value},`;
  const { reason, variant } = answer;
  const json = `{"key":${name},${member}"reason":"${reason}","variant":${JSON.stringify(variant)},"metadata":${metadata}}`;
  return { json, ok: true };
}

function metadataJson(metadata: Answer['metadata']): string {
  for (const _name in metadata) return JSON.stringify(metadata);
  return noMetadata;
}
