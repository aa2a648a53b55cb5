import type { EdgeIdentity } from '../../unleash/edge/types.ts';
import { version } from '../../version.ts';

/**
 * The Edge version that Halyard stands in for. Other Edges and Unleash itself decide by it which endpoints they may
 * use, so it has to be one of theirs; what follows the plus sign is ignored when versions are compared.
 */
export const compatibleEdgeVersion = `19.15.1+halyard.${version}`;

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A ULID: 48 bits of time and 80 random ones, in Crockford's base 32.
 *
 * @param random a number in [0, 1)
 */
function createUlid(nowMs: number, random: () => number): string {
  let time = '';
  for (let left = nowMs, i = 0; i < 10; i++, left = Math.floor(left / 32)) time = alphabet[left % 32] + time;
  let rest = '';
  for (let i = 0; i < 16; i++) rest += alphabet[Math.floor(random() * 32)];
  return time + rest;
}

/** How this process introduces itself. */
export function createIdentity(
  settings: { readonly appName: string | undefined; readonly instanceId: string | undefined },
  nowMs: number,
  random: () => number,
): EdgeIdentity {
  const ulid = createUlid(nowMs, random);
  return {
    appName: settings.appName ?? 'unleash-edge',
    instanceId: settings.instanceId ?? ulid,
    connectionId: ulid,
    edgeVersion: compatibleEdgeVersion,
    startedAtMs: nowMs,
  };
}
