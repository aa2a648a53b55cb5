/** Follows a file that is looked at once an hour, and prints what it sees as lines of JSON: `follow-program.ts <path>`. */
import { followPath } from '../../src/store/follow-path.ts';

const say = (kind: string) => (what: unknown) =>
  console.log(JSON.stringify([kind, what instanceof Error ? what.message : what]));
await followPath(process.argv[2] as string, {
  accept: async (text) => {
    if (text.startsWith('broken')) throw new Error(text);
    say('accepted')(text);
  },
  onProblem: say('problem'),
  onUnwatched: say('unwatched'),
  schedule: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  intervalMs: 3_600_000,
}).start();
say('started')('');
