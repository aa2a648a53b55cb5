/** What applications are told about a flag besides its value. */
import type { Call } from './drivers.ts';
import { featureIdOf } from './flags.ts';
import type { Access } from './modes.ts';

const payloadTypes: Readonly<Record<string, string>> = {
  text: 'string',
  empty: 'string',
  whole: 'number',
  zero: 'number',
  broken: 'number',
  data: 'json',
  bad: 'json',
};

/** Metadata of one flag: frontend credentials are told nothing. */
export function flagMetadata({ audience, system }: Access, { flag }: Call): Record<string, unknown> {
  if (audience === 'frontend') return {};
  const [name = ''] = flag.split(':');
  if (system === 'flagsmith') return { featureId: featureIdOf(name), featureType: 'STANDARD' };
  const payloadType = payloadTypes[name];
  return payloadType === undefined ? {} : { payloadType };
}
