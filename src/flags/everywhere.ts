/** True when all processes that serve hold what this one holds; a promise where others have to be asked. */
export type Everywhere = () => boolean | Promise<boolean>;

/** Chooses between two answers, at once where nobody has to be asked. Without `everywhere` there is one process. */
export function ifEverywhere<Answer>(
  everywhere: Everywhere | undefined,
  yes: Answer,
  no: Answer,
): Answer | Promise<Answer> {
  const known = everywhere?.() ?? true;
  if (known instanceof Promise) return known.then((is) => (is ? yes : no));
  return known ? yes : no;
}
