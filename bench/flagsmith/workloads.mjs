// What is measured with Flagsmith's API.
import { identityRequests, keys } from '../flagsmith-datasets.mjs';

/** Data sets of flagsmith-datasets.mjs, the workloads that each is measured with, and the set that it is compared with. */
export const datasets = {
  features50: { title: '50 plain features', workloads: ['flags', 'identities', 'once'] },
  realistic: { title: '50 features, 15 segments of 15 conditions', workloads: ['flags', 'identities', 'once'] },
  overrides: {
    title: 'the same with 2,000 identity overrides',
    workloads: ['identities', 'once'],
    against: 'realistic',
  },
  unmet: {
    title: 'the same with 150 segments that nobody meets',
    workloads: ['identities', 'once'],
    against: 'realistic',
  },
};

const names = Object.keys(datasets);

/** Data sets that are compared, the one without more in it first. */
export const comparedSets = names
  .map((name) => [name, ...names.filter((other) => datasets[other].against === name)])
  .filter((sets) => sets.length > 1);

export const workloads = {
  flags: { title: 'flags' },
  identities: { title: 'random identities' },
  once: { title: 'identities that never come again' },
};

/** Different identities of one load; each request picks one at random. */
export const identityCount = 5_000;

export const headersOf = (dataset) => ({ 'X-Environment-Key': keys(dataset).client });
export const flagsPath = '/api/v1/flags/';
export const identitiesPath = '/api/v1/identities/';
export const bodiesOf = (dataset, count, seed) => identityRequests(dataset, count, seed).map((b) => JSON.stringify(b));
