import type { FleetRedis } from '../sharing/fleet-redis.ts';
import { type HandedOver, NotReachedError, type ReportMemory, type Turn } from './report-memory.ts';
import { handOverScript, leaveScript, settleScript, turnScript } from './scripts.ts';

/** What a member did is forgotten when it was not seen for this long. */
const absentMs = 24 * 3_600_000;

type TurnAnswer = [number, number, number, number, number, number, number, number, string[]];

/** Pools in Redis. In a Cluster, braces keep what belongs to one pool on one server. */
export function createRedisReportMemory({ commands, connected, subscribe, name }: FleetRedis): ReportMemory {
  const channel = `${name}:fleet:taken`;
  const keyOf = (pool: string, part: string) => `${name}:fleet:{${pool}}:${part}`;
  const run = async (script: string, pool: string, ...values: (string | number)[]): Promise<unknown> => {
    await connected();
    if (commands.status !== 'ready') throw new NotReachedError('there is no connection to Redis');
    const keys = ['state', 'waiting', 'sending'].map((part) => keyOf(pool, part));
    return commands.eval(script, keys.length, ...keys, ...values);
  };
  return {
    async handOver(pool, member, { number, body, isLast }, { limitBytes, limitEntries, keepMs }) {
      const bounds = [limitBytes, limitEntries, keepMs, isLast ? 1 : 0];
      const [kind, status] = (await run(handOverScript, pool, member, number, body, ...bounds)) as [string, string?];
      return kind === 'trouble' ? { kind, status: Number(status) } : ({ kind } as HandedOver);
    },
    async turn(pool, member, owner, { intervalMs, leaseMs, keepMs }): Promise<Turn> {
      const values = [member ?? '', owner, intervalMs, leaseMs, keepMs, absentMs];
      const [heldNumber, doneNumber, waitMs, members, entries, bytes, isMine, areParcels, batch] = (await run(
        turnScript,
        pool,
        ...values,
      )) as TurnAnswer;
      return {
        ...{ heldNumber, doneNumber, waitMs, members, entries, bytes },
        batch: isMine === 1 ? { entries: batch, areParcels: areParcels === 1 } : undefined,
      };
    },
    async settle(pool, owner, { taken, instead = [], trouble }, { leaseMs, keepMs }) {
      const ended = trouble === undefined ? ['', 0, 0] : [trouble.status, trouble.waitMs, trouble.grows ? 1 : 0];
      return (await run(settleScript, pool, owner, leaseMs, keepMs, taken, ...ended, channel, ...instead)) === 1;
    },
    onTaken: (listener) =>
      subscribe(channel, (text) => {
        const news = readTaken(text);
        if (news === undefined) return;
        const [key, numbers] = news;
        const pool = key.slice(keyOf('', '').indexOf('}'), key.lastIndexOf('}'));
        for (const [member, number] of Object.entries(numbers)) listener(pool, member, Number(number));
      }),
    leave: async (pool, member, keepMs) => (await run(leaveScript, pool, member, keepMs)) as number,
  };
}

/** undefined for what no member said: anybody who reaches Redis may say anything. */
function readTaken(text: string): readonly [key: string, numbers: Readonly<Record<string, unknown>>] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const [key, numbers] = value as unknown[];
  const isKnown = typeof key === 'string' && typeof numbers === 'object' && numbers !== null;
  return isKnown ? [key, numbers as Readonly<Record<string, unknown>>] : undefined;
}
