/** Of HTTP, and of both runtimes: a request with any other would fail before it is sent. */
const name = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\x00-\x08\x0a-\x1f\x7f]/;

/** The name of a header. @throws Error when no request could carry it */
export function headerName(text: string): string {
  if (!name.test(text)) throw new Error("a header's name is made of letters, digits and !#$%&'*+-.^_`|~");
  return text;
}

/** The value of a header. @throws Error, which does not repeat it: values may be secret */
export function headerValue(text: string): string {
  if (control.test(text)) throw new Error("a header's value has no line breaks and no other control characters");
  return text;
}
