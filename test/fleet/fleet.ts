/** Several Halyards with one Redis. */
import { readFileSync } from 'node:fs';
import { ordinaryEnvironment } from '../support/proxy.ts';
import { type Server, startServer } from '../support/server.ts';
import type { Subject } from '../support/subjects.ts';
import type { Upstream, UpstreamRequest } from '../support/upstream.ts';

export const intervalMs = 1_000;

/** Starts Unleash Proxies that share a Redis. Each is told apart by its instance id, `member-0` and so on. */
export function startFleet(subject: Subject, count: number, upstream: Upstream, redisUrl: string): Promise<Server[]> {
  return Promise.all(
    Array.from({ length: count }, (_, member) =>
      startServer(subject, {
        env: {
          ...ordinaryEnvironment(upstream),
          UNLEASH_INSTANCE_ID: `member-${member}`,
          UNLEASH_FETCH_INTERVAL: String(intervalMs),
          UNLEASH_METRICS_INTERVAL: '500',
          HALYARD_FLEET_REDIS_URL: redisUrl,
          HALYARD_FLEET_USAGE_KEEP_SECONDS: '10',
        },
      }),
    ),
  );
}

/** Number of the member that sent a request. */
export const memberOf = ({ headers }: UpstreamRequest): number =>
  Number(String(headers['unleash-instanceid']).slice('member-'.length));

/**
 * How many more polls there were than one per interval, in the time that they took. The first of them may have been on
 * its way for up to an interval: a machine can be that slow. Two members that poll have a surplus from four polls on.
 */
export function surplus(polls: readonly UpstreamRequest[]): number {
  const spanMs = (polls.at(-1)?.atMs ?? 0) - (polls[0]?.atMs ?? 0);
  // Two clocks round to milliseconds.
  return Math.max(0, polls.length - 1 - Math.floor((spanMs + intervalMs + 2 * polls.length) / intervalMs));
}

/** Ends a member as a crash would. On Bun the serving process is a child of the one that was started. */
export async function killHard({ pid, exit }: Server): Promise<void> {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  for (const one of children === '' ? [pid] : children.split(' ').map(Number)) process.kill(one, 'SIGKILL');
  await exit;
}
