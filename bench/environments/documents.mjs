// What the upstream of this part serves: many environments of ordinary size, or one whose document has 20 MB.
import { dataset } from '../datasets.mjs';

const bigBytes = 20e6;
const flagsPerTeam = 350;

/** Environments in a set, by name. */
export const environmentNames = {
  many: Array.from({ length: 50 }, (_, index) => `env-${String(index).padStart(2, '0')}`),
  big: ['production'],
};

/** The one that changes alone. */
export const single = 'env-07';

/** Everything upstream sends of an environment, and what its frontend clients may see: all, or one team's flags. */
export const fetchToken = (environment) => `*:${environment}.bench`;
export const frontendToken = (environment) => `${environment === 'production' ? team(0) : '*'}:${environment}.frontend`;

/** The flag by which a version is known. */
export const marker = (environment, version) => `swap.${environment}.version-${version}`;

/** Makes versions of one environment's document: each differs from the one before in a tenth of its flags and in its marker. */
export function documentsOf(environment) {
  const base = environment === 'production' ? bigDocument() : dataset('large');
  return (version) => {
    const features = base.features.map((feature, i) =>
      (i + version) % 10 === 0 ? { ...feature, enabled: !feature.enabled } : feature,
    );
    features[0] = {
      ...features[0],
      ...{ name: marker(environment, version), enabled: true, variants: [] },
      strategies: [{ name: 'default', parameters: {}, constraints: [] }],
    };
    return { ...base, features };
  };
}

/** The set of 5,000 flags, repeated under other names; projects are teams with 350 flags each. */
function bigDocument() {
  const { features, ...rest } = dataset('huge');
  const copies = Math.ceil(bigBytes / Buffer.byteLength(JSON.stringify({ ...rest, features })));
  const all = Array.from({ length: copies }, (_, copy) =>
    features.map((feature) => ({ ...feature, name: `${feature.name}.${copy}` })),
  ).flat();
  return { ...rest, features: all.map((feature, i) => ({ ...feature, project: team(Math.floor(i / flagsPerTeam)) })) };
}

function team(number) {
  return `team-${number}`;
}
