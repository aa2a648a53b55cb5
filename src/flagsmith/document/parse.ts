import type { Steps } from '../../flags/steps.ts';
import type { FeatureContext, IdentityOverride, SegmentContext } from '../engine/context.ts';
import type { DefinitionIssue, IssueCode } from '../engine/issues.ts';
import { JsonCursor, JsonSyntaxError } from '../json/cursor.ts';
import { type Integer, isInteger, type Json } from '../json/value.ts';
import { Deferral, type Place } from './deferred.ts';
import { readFeatureState } from './feature-state.ts';
import { asObject, FieldError, listField, stringField, wrong } from './fields.ts';
import { readOverrides, readSegment } from './segment.ts';
import { DocumentText } from './text.ts';
import type { DocumentResult } from './types.ts';

/**
 * Parses an environment document that came in one or more pages: later pages only add identity overrides (spec section
 * 3). A generator, so that a large document can be read in slices: it stops after every feature, segment and identity.
 *
 * What cannot be understood of single features, segments and identities is left out and told as an issue. Text that is
 * not JSON or lacks the basics (key, project, lists of features and segments) gives no document at all.
 */
export function* parseDocument(pages: readonly string[]): Steps<DocumentResult> {
  const reader = new DocumentReader();
  try {
    for (const [index, page] of pages.entries()) yield* reader.readPage(page, index === 0);
    return { document: reader.finish(), issues: reader.issues };
  } catch (error) {
    if (!(error instanceof FieldError || error instanceof JsonSyntaxError)) throw error;
    const where = error instanceof JsonSyntaxError ? `character ${error.position}` : 'document';
    return { document: null, issues: [...reader.issues, { code: 'document.invalid', where, message: error.message }] };
  }
}

class DocumentReader {
  readonly issues: DefinitionIssue[] = [];
  readonly #text = new DocumentText();
  readonly #deferral = new Deferral();
  #members = new Map<string, Json>();
  #project: Map<string, Json> | null = null;
  #features: Map<string, FeatureContext> | null = null;
  #types = new Map<Integer, string>();
  #segments: Map<string, SegmentContext> | null = null;
  readonly #identities: IdentityOverride[] = [];

  *readPage(text: string, first: boolean): Steps<void> {
    const cursor = new JsonCursor(text);
    if (!cursor.atObject()) throw new FieldError('the document must be an object');
    let listEnd: number | null = null;
    for (let key = cursor.nextKey(true); key !== null; key = cursor.nextKey(false)) {
      if (key === 'identity_overrides' && cursor.atList()) {
        const start = cursor.position;
        yield* this.#readIdentities(cursor, first);
        listEnd = cursor.position;
        if (!first) this.#text.append(text.slice(start + 1, listEnd - 1));
      } else if (!first) yield* cursor.readInSteps();
      else if (key === 'feature_states' && cursor.atList()) yield* this.#readFeatures(cursor);
      else if (key === 'project' && cursor.atObject()) yield* this.#readProject(cursor);
      else this.#members.set(key, yield* cursor.readInSteps());
    }
    if (first) this.#text.begin(text, listEnd, cursor.position);
    cursor.end();
  }

  finish(): DocumentResult['document'] {
    const members = this.#members;
    const apiKey = stringField(members, 'api_key', 'document');
    const project = asObject(this.#project ?? members.get('project'), 'document.project');
    if (this.#segments === null) throw new FieldError('document.project.segments must be a list');
    if (this.#features === null) throw new FieldError('document.feature_states must be a list');
    const name = members.get('name');
    const updatedAt = members.get('updated_at');
    const hide = members.get('hide_disabled_flags');
    const text = this.#text.toString();
    this.#deferral.text = text;
    const serverOnly = listField(project, 'server_key_only_feature_ids', 'document.project', true);
    return {
      apiKey,
      name: typeof name === 'string' ? name : null,
      hideDisabledFlags: typeof hide === 'boolean' ? hide : null,
      project: {
        hideDisabledFlags: project.get('hide_disabled_flags') === true,
        serverKeyOnlyFeatureIds: new Set(serverOnly.filter(isInteger)),
      },
      features: [...this.#features.values()],
      featureTypes: this.#types,
      segments: [...this.#segments.values()],
      identityOverrides: this.#identities,
      text,
      updatedAt: typeof updatedAt === 'string' && updatedAt !== '' ? updatedAt : null,
    };
  }

  *#readProject(cursor: JsonCursor): Steps<void> {
    const project = new Map<string, Json>();
    for (let key = cursor.nextKey(true); key !== null; key = cursor.nextKey(false)) {
      if (key === 'segments' && cursor.atList()) yield* this.#readSegments(cursor);
      else project.set(key, yield* cursor.readInSteps());
    }
    this.#project = project;
  }

  *#readFeatures(cursor: JsonCursor): Steps<void> {
    const features = new Map<string, FeatureContext>();
    this.#features = features;
    this.#types = new Map();
    for (let i = 0, more = cursor.nextItem(true); more; more = cursor.nextItem(false), i++) {
      const json = yield* cursor.readInSteps();
      this.#tolerate('feature.invalid', () => {
        const { feature, type } = readFeatureState(json, `feature_states[${i}]`);
        features.set(feature.name, feature);
        if (feature.id !== null) this.#types.set(feature.id, type);
      });
      yield;
    }
  }

  *#readSegments(cursor: JsonCursor): Steps<void> {
    const segments = new Map<string, SegmentContext>();
    this.#segments = segments;
    for (let i = 0, more = cursor.nextItem(true); more; more = cursor.nextItem(false), i++) {
      const { json, place } = yield* readItem(cursor, 'feature_states', 0);
      const path = `project.segments[${i}]`;
      const skip = (message: string) => this.#issue('feature.invalid', message);
      const segment = yield* this.#tolerated('segment.invalid', readSegment(json, path, skip));
      if (segment !== null) segments.set(segment.key, this.#deferral.segment(segment, place));
      yield;
    }
  }

  *#readIdentities(cursor: JsonCursor, firstPage: boolean): Steps<void> {
    if (!cursor.nextItem(true)) return;
    cursor.peek();
    const shift = firstPage ? 0 : this.#text.shiftOf(cursor.position);
    for (let i = 0, more = true; more; more = cursor.nextItem(false), i++) {
      const { json, place } = yield* readItem(cursor, 'identity_features', shift);
      yield* this.#tolerated('identity.invalid', this.#addIdentity(json, place, `identity_overrides[${i}]`));
      yield;
    }
  }

  *#addIdentity(json: Json, place: Place | null, path: string): Steps<void> {
    const identity = asObject(json, path);
    const identifier = stringField(identity, 'identifier', path);
    const items = listField(identity, 'identity_features', path, false);
    if (items.length > maxIdentityFeatures) {
      throw wrong(`${path}.identity_features`, `a list of at most ${maxIdentityFeatures}`, items);
    }
    const skip = (message: string) => this.#issue('feature.invalid', message);
    const features = yield* readOverrides(items, `${path}.identity_features`, skip);
    if (features.length > 0) this.#identities.push(this.#deferral.identity({ identifier, features }, place));
  }

  *#tolerated<Part>(code: IssueCode, reading: Steps<Part>): Steps<Part | null> {
    try {
      return yield* reading;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      this.#issue(code, error.message);
      return null;
    }
  }

  #tolerate(code: IssueCode, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      this.#issue(code, error.message);
    }
  }

  #issue(code: IssueCode, message: string): void {
    // a document that is wrong throughout must not fill the memory with complaints
    if (this.issues.length < maxIssues) this.issues.push({ code, where: message.split(' ', 1)[0] ?? '', message });
  }
}

/** Reads an item of a list; `place` is that of one of its members in the whole text. */
function* readItem(
  cursor: JsonCursor,
  member: string,
  shift: number,
): Steps<{ readonly json: Json; readonly place: Place | null }> {
  if (!cursor.atObject()) return { json: yield* cursor.readInSteps(), place: null };
  const json = new Map<string, Json>();
  let place: Place | null = null;
  let pauseAt = cursor.position + charactersPerStep;
  for (let key = cursor.nextKey(true); key !== null; key = cursor.nextKey(false)) {
    cursor.peek();
    const start = cursor.position;
    json.set(key, yield* cursor.readInSteps());
    if (key === member) place = { start: start + shift, length: cursor.position - start };
    if (cursor.position < pauseAt) continue;
    yield;
    pauseAt = cursor.position + charactersPerStep;
  }
  return { json, place };
}

const charactersPerStep = 20_000;
const maxIssues = 1000;
const maxIdentityFeatures = 10_000;
