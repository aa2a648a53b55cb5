/** How many flags were evaluated for the requests of one API. Adding is all that a request pays for. */
export class EvaluationCounts {
  /** In answers about all flags that a credential sees. */
  bulk = 0;
  /** Asked for by their names. */
  single = 0;
}
