// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { suites } from './suites/index.mjs';

export const sections = ['load', 'start', 'swap'];
/** What is measured by itself, beside the suites. */
export const others = ['flagsmith', 'ofrep', 'environments', 'streams', 'ofrep-streams', 'cores', 'runtime'];

const union = (pick) => [...new Set(suites.flatMap(pick))];
const names = {
  sections,
  datasets: union(({ flagSets }) => Object.keys(flagSets)),
  workloads: union(({ workloads }) => workloads.map(({ id }) => id)),
  subjects: union(({ subjects }) => subjects.map(({ id }) => id)),
};
const suiteNames = [...suites.map(({ id }) => id), ...others];

const numbers = {
  rounds: [3, 'interleaved rounds'],
  seconds: [1, 'length of one measured load'],
  warmup: [1, 'length of the unmeasured load before the first round'],
  starts: [3, 'counted starts per server'],
  swaps: [4, 'swaps per server'],
  connections: [50, 'keep-alive connections of the load generator'],
  'server-core': [0, 'core of the servers'],
  'client-core': [1, 'core of load generator, upstream and clients'],
};
const quick = { rounds: 1, seconds: 1, warmup: 1, starts: 1, swaps: 2 };
const flags = ['quick', 'check', 'recorded', 'wrk-awake', 'help'];

export const help = `npm run bench -- [options]
  --suite a,b      only these: ${suiteNames.join(', ')}
  --only a,b       of the Unleash suites only these: ${Object.values(names).flat().join(', ')}
                   (a kind that is not mentioned stays complete)
${Object.entries(numbers)
  .map(([name, [fallback, text]]) => `  ${`--${name} n`.padEnd(16)} ${text} (${fallback})`)
  .join('\n')}
  --quick          1 round, 1 start, 2 swaps
  --wrk-awake      keep wrk awake, which sleeps between replies otherwise (needs a C compiler, cc)
  --check          exit with 1 when a value that must hold does not
  --recorded       measure nothing: take the recorded results, write the reports anew (and --check them)
  --out dir        where to write; default: docs/performance for whole suites, .bench for any other run
All of it takes 20 minutes. npm run bench:check takes 4 and compares with recorded ratios.`;

/** Reads the arguments; throws with a text for the user when one makes no sense. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' }])),
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean', default: false }])),
      suite: { type: 'string' },
      only: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const number = (name) => {
    const value = values[name] ?? (values.quick ? quick[name] : undefined) ?? numbers[name][0];
    const parsed = Number(value);
    if (!Number.isInteger(parsed) || parsed < (name.endsWith('core') ? 0 : 1)) {
      throw new Error(`--${name} must be a whole number, not '${value}'`);
    }
    return parsed;
  };
  return {
    ...Object.fromEntries(Object.keys(numbers).map((name) => [camelCase(name), number(name)])),
    ...readOnly(values.only),
    suites: listed('suite', values.suite, suiteNames) ?? suiteNames,
    check: values.check,
    recorded: values.recorded,
    wrkAwake: values['wrk-awake'],
    help: values.help,
    complete: !values.quick && values.only === undefined,
    out: values.out,
    argv,
  };
}

function listed(option, text, known) {
  const wanted = text?.split(',');
  const unknown = wanted?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`--${option} does not know ${unknown.join(', ')}; it knows ${known.join(', ')}`);
  return wanted;
}

// One list for all kinds: `--only large,halyard-bun` keeps every workload of these.
function readOnly(text) {
  const wanted = listed('only', text, Object.values(names).flat()) ?? [];
  return Object.fromEntries(
    Object.entries(names).map(([kind, all]) => {
      const chosen = all.filter((name) => wanted.includes(name));
      return [kind, chosen.length > 0 ? chosen : all];
    }),
  );
}

const camelCase = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
