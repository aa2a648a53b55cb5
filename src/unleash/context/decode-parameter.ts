/** Decodes a name or a value of a query string, in which `+` is a space. @returns undefined when it is encoded wrongly */
export function decodeParameter(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
