const reasons = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space is left'],
  ['EDQUOT', 'no space is left'],
  ['ENOENT', 'it does not exist'],
]);

/** Why something with files did not work, in plain words where there are any, with the system's code. */
export function fileReason(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' ? reasons.get(code) : undefined;
  return known === undefined ? String(message ?? error) : `${known} (${code})`;
}
