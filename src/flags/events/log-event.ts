/** Something that Halyard says of its own accord. Text may change between versions; the code does not. */
export interface LogEvent {
  /** Stable: `HALYARD-1001`. The thousands tell the part: see the headings of the catalogue. */
  readonly code: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** When it is logged. */
  readonly when: string;
  /** What an operator should do about it. */
  readonly action: string;
  /** True when the text is the original's, which scripts match on: lines of text stay as they are there. */
  readonly original?: boolean;
}
