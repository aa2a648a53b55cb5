import type { FeatureContext, VariantContext } from '../engine/context.ts';
import { pythonText } from '../json/python-text.ts';
import { Float, type Integer, isInteger, isObject, type Json } from '../json/value.ts';
import { asObject, booleanField, listField, stringField, wrong } from './fields.ts';

/** A feature state with the type of its feature. */
export interface FeatureState {
  readonly feature: FeatureContext;
  readonly type: string;
}

/** More are a mistake: each takes a share of one hundred percent. */
const maxVariants = 1_000;

/**
 * Reads a feature state (FS of spec section 5) the way section 6 maps it. Throws `FieldError` when something that is
 * needed is missing.
 */
export function readFeatureState(json: Json, path: string): FeatureState {
  const state = asObject(json, path);
  const feature = asObject(state.get('feature'), `${path}.feature`);
  const id = feature.get('id');
  if (!isInteger(id)) throw wrong(`${path}.feature.id`, 'an integer', id);
  const value = state.get('feature_state_value');
  if (value === undefined) throw wrong(`${path}.feature_state_value`, 'a value', value);
  const type = feature.get('type');
  const django = state.get('django_id');
  const variants = listField(state, 'multivariate_feature_state_values', path, true);
  if (variants.length > maxVariants) {
    throw wrong(`${path}.multivariate_feature_state_values`, `a list of at most ${maxVariants}`, variants);
  }
  return {
    type: typeof type === 'string' ? type : 'STANDARD',
    feature: {
      id,
      name: stringField(feature, 'name', `${path}.feature`),
      key: pythonText((isTruthy(django) ? django : state.get('featurestate_uuid')) ?? null),
      enabled: booleanField(state, 'enabled', path),
      value,
      variants: variants.map((item, i) => readVariant(item, `${path}.multivariate_feature_state_values[${i}]`)),
      priority: readPriority(state.get('feature_segment'), path),
    },
  };
}

function isTruthy(value: Json | undefined): value is Json {
  return value !== undefined && value !== null && value !== 0 && value !== '' && value !== false;
}

function readPriority(featureSegment: Json | undefined, path: string): number {
  if (!isObject(featureSegment) || featureSegment.size === 0) return Number.POSITIVE_INFINITY;
  const priority = featureSegment.get('priority');
  // null cannot be compared: the reference fails on it, so the override cannot take part
  if (!isInteger(priority) && !(priority instanceof Float)) {
    throw wrong(`${path}.feature_segment.priority`, 'a number', priority);
  }
  return priority instanceof Float ? priority.value : Number(priority);
}

function readVariant(json: Json, path: string): VariantContext {
  const variant = asObject(json, path);
  const option = asObject(variant.get('multivariate_feature_option'), `${path}.multivariate_feature_option`);
  const value = option.get('value');
  if (value === undefined) throw wrong(`${path}.multivariate_feature_option.value`, 'a value', value);
  const weight = variant.get('percentage_allocation');
  if (!isInteger(weight) && !(weight instanceof Float))
    throw wrong(`${path}.percentage_allocation`, 'a number', weight);
  const key = option.get('key');
  return {
    value,
    weight: weight instanceof Float ? weight.value : Number(weight),
    weightText: pythonText(weight),
    priority: readVariantPriority(variant.get('id'), variant.get('mv_fs_value_uuid'), path),
    key: typeof key === 'string' ? key : null,
  };
}

const uuidForm = /^[0-9a-f]{32}$/i;

function readVariantPriority(id: Json | undefined, uuid: Json | undefined, path: string): Integer {
  if (isInteger(id) && id !== 0) return id;
  const hex = typeof uuid === 'string' ? uuid.replaceAll('-', '') : '';
  if (!uuidForm.test(hex)) throw wrong(`${path}.mv_fs_value_uuid`, 'a UUID where there is no id but 0', uuid);
  return BigInt(`0x${hex}`);
}
