/**
 * Puts a paged document's text together: the first page as it is, with the identity overrides of the others appended to
 * its own. Nothing is parsed and written again, so numbers, order and unknown members stay as they were sent.
 */
export class DocumentText {
  #whole = '';
  #before = '';
  #after = '';
  #items = '';

  /**
   * Takes the first page. `listEnd` is the position after its list of identity overrides, null without one; `end` that
   * after the document's closing brace.
   */
  begin(text: string, listEnd: number | null, end: number): void {
    this.#whole = text;
    if (listEnd === null) {
      this.#before = text.slice(0, end - 1);
      this.#after = text.slice(end - 1);
    } else {
      this.#before = text.slice(0, listEnd - 1);
      this.#after = text.slice(listEnd - 1);
    }
  }

  /** Takes the inside of a later page's list of identity overrides. */
  append(items: string): void {
    const trimmed = items.trim();
    if (trimmed !== '') this.#items += this.#items === '' ? trimmed : `,${trimmed}`;
  }

  /** The whole text. */
  toString(): string {
    if (this.#items === '') return this.#whole;
    const separator = /[[{]\s*$/.test(this.#before.slice(-64)) ? '' : ',';
    if (this.#after.startsWith(']')) return this.#before + separator + this.#items + this.#after;
    return `${this.#before}${separator}"identity_overrides":[${this.#items}]${this.#after}`;
  }
}
