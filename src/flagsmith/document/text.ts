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

  /**
   * How far from its place in a later page an item of that page's list will stand in the whole text, when the list is
   * appended next. `firstItem`: position of its first item in the page.
   */
  shiftOf(firstItem: number): number {
    return this.#head().length + this.#items.length + (this.#items === '' ? 0 : 1) - firstItem;
  }

  /** The whole text. */
  toString(): string {
    if (this.#items === '') return this.#whole;
    return `${this.#head()}${this.#items}${this.#hasList() ? '' : ']'}${this.#after}`;
  }

  /** What comes before the items that are appended. */
  #head(): string {
    const separator = /[[{]\s*$/.test(this.#before.slice(-64)) ? '' : ',';
    return `${this.#before}${separator}${this.#hasList() ? '' : '"identity_overrides":['}`;
  }

  #hasList(): boolean {
    return this.#after.startsWith(']');
  }
}
