import type { Fault, TypedView, Value } from '../../ofrep/types.ts';
import { isRecord } from '../../unleash/definitions/is-record.ts';

/** What a variant brings, read once. */
export interface Payload {
  /** `string`, `csv`, `number`, `json`, or whatever the source calls it. */
  readonly type: string;
  /** As JSON text, of its own type. */
  readonly value: Value;
}

/** The type that all values of a flag have, whatever the context (OFREP specification 11 and 16). */
export type Shape = 'boolean' | 'payload';

/** Deepest payload: Swift's reader of JSON takes 512 levels, and there are some around it. */
const mostDepth = 500;

/** A number as JSON writes it, and as people do. */
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads a payload; undefined when the variant brings none. */
export function readPayload(payload: unknown): Payload | undefined {
  if (!isRecord(payload) || payload.value === undefined || payload.value === null) return undefined;
  const text = typeof payload.value === 'string' ? payload.value : JSON.stringify(payload.value);
  const type = typeof payload.type === 'string' ? payload.type : 'string';
  switch (type) {
    case 'number':
      return { type, value: numberText(text) };
    case 'json':
      return { type, value: jsonText(text) };
    default:
      return { type, value: JSON.stringify(text) };
  }
}

/** The shape of a flag from all the payloads that it may bring. */
export function shapeOf(payloads: readonly unknown[]): Shape {
  return payloads.some((payload) => readPayload(payload) !== undefined) ? 'payload' : 'boolean';
}

/** A payload as one type: its own, or a fault. */
export function payloadAs(payload: Payload, view: Exclude<TypedView, 'boolean' | 'variant'>): Value {
  const type = viewOf(payload.type);
  if (type === view) return payload.value;
  return mismatch(`the payload of the variant is of type ${type}`);
}

function viewOf(type: string): TypedView {
  return type === 'number' ? 'number' : type === 'json' ? 'object' : 'string';
}

function mismatch(details: string): Fault {
  return { errorCode: 'TYPE_MISMATCH', details };
}

/** With the payload's own digits where JSON allows them. */
function numberText(text: string): Value {
  const trimmed = text.trim();
  if (plainNumber.test(trimmed) && Number.isFinite(Number(trimmed))) {
    return jsonNumber.test(trimmed) ? trimmed : JSON.stringify(Number(trimmed));
  }
  return unreadable('is not a finite number');
}

/**
 * The text itself, so that numbers in it keep their digits; JSON's null is no value. What some clients cannot read is a
 * fault of its flag: inside a bulk reply it would cost them all flags.
 */
function jsonText(text: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable('is not valid JSON');
  }
  if (!isReadable(value, 1)) return unreadable(`has numbers that are not finite, or more than ${mostDepth} levels`);
  return value === null ? undefined : text.trim();
}

function isReadable(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth > mostDepth) return false;
  return Object.values(value).every((member) => isReadable(member, depth + 1));
}

function unreadable(what: string): Fault {
  return { errorCode: 'PARSE_ERROR', details: `variant payload ${what}` };
}
