// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { subjects } from './subjects.mjs';
import { datasets, workloads } from './workloads.mjs';

export const sections = ['load', 'start', 'swap'];

const names = {
  sections,
  datasets: Object.keys(datasets),
  workloads: workloads.map(({ id }) => id),
  subjects: subjects.map(({ id }) => id),
};

export const help = `npm run bench -- [options]
  --rounds n       interleaved rounds (3)
  --seconds n      length of one measured load (4)
  --warmup n       length of the unmeasured load before each (2)
  --starts n       counted starts per subject (7)
  --swaps n        swaps per subject (8)
  --connections n  keep-alive connections of the load generator (50)
  --quick          1 round of 1 s after 1 s, 2 starts, 5 swaps
  --only a,b       only these: ${Object.values(names).flat().join(', ')}
                   (a kind that is not mentioned stays complete)
  --server-core n, --client-core n   cores of the server (0) and of load generator, upstream and clients (1)
  --check          exit with 1 when a value that must hold does not
  --recorded       measure nothing: take the recorded results, write the reports anew (and --check them)
  --out dir        where to write; default: docs/performance for a complete run, .bench for any other`;

const numbers = {
  rounds: 3,
  seconds: 4,
  warmup: 2,
  starts: 7,
  swaps: 8,
  connections: 50,
  'server-core': 0,
  'client-core': 1,
};
const quick = { rounds: 1, seconds: 1, warmup: 1, starts: 2, swaps: 5 };
const flags = ['quick', 'check', 'recorded', 'help'];

/** Reads the arguments; throws with a text for the user when one makes no sense. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' }])),
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean', default: false }])),
      only: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const number = (name) => {
    const value = values[name] ?? (values.quick ? quick[name] : undefined) ?? numbers[name];
    const parsed = Number(value);
    if (!Number.isInteger(parsed) || parsed < (name.endsWith('core') ? 0 : 1)) {
      throw new Error(`--${name} must be a whole number, not '${value}'`);
    }
    return parsed;
  };
  const only = readOnly(values.only);
  return {
    ...Object.fromEntries(Object.keys(numbers).map((name) => [camelCase(name), number(name)])),
    ...only,
    check: values.check,
    recorded: values.recorded,
    help: values.help,
    complete: !values.quick && values.only === undefined,
    out: values.out,
    argv,
  };
}

// One list for all kinds: `--only large,halyard-bun` keeps every workload of these.
function readOnly(text) {
  const wanted = text?.split(',') ?? [];
  const unknown = wanted.filter((name) => !Object.values(names).flat().includes(name));
  if (unknown.length > 0) {
    throw new Error(`--only does not know ${unknown.join(', ')}; it knows ${Object.values(names).flat().join(', ')}`);
  }
  return Object.fromEntries(
    Object.entries(names).map(([kind, all]) => {
      const chosen = all.filter((name) => wanted.includes(name));
      return [kind, chosen.length > 0 ? chosen : all];
    }),
  );
}

const camelCase = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
