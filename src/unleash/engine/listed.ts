import type { TextSet } from '../../flags/text-set.ts';
import type { Context, FieldReader } from './context.ts';

/** A field's value is one of the listed texts, or is none of them. A missing value is in no list. */
export class Listed {
  readonly read: FieldReader;
  readonly texts: TextSet;
  readonly isWanted: boolean;

  constructor(read: FieldReader, texts: TextSet, isWanted = true) {
    this.read = read;
    this.texts = texts;
    this.isWanted = isWanted;
  }

  holds(context: Context): boolean {
    return this.texts.has(this.read(context)) === this.isWanted;
  }

  opposite(): Listed {
    return new Listed(this.read, this.texts, !this.isWanted);
  }
}
