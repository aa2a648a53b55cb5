import type { CompiledFlag } from './flag.ts';
import type { Asked } from './observed.ts';

/**
 * Decides some flags, parents first, and finds those for which chance, the clock or code from outside was asked as well,
 * and their children: for the same context they may be decided otherwise the next time.
 *
 * @param isPending whether a flag still has to be decided
 */
export function openFlags(
  flags: readonly CompiledFlag[],
  positions: Iterable<number>,
  asked: Asked,
  isPending: (index: number) => boolean,
  decide: (index: number) => void,
): Set<number> {
  const open = new Set<number>();
  const visit = (index: number): void => {
    if (!isPending(index)) return;
    const { parents } = flags[index] as CompiledFlag;
    for (const parent of parents) visit(parent.index);
    const before = asked.times;
    decide(index);
    if (asked.times !== before || parents.some((parent) => open.has(parent.index))) open.add(index);
  };
  for (const index of positions) visit(index);
  return open;
}
