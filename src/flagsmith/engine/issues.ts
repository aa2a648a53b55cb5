/** Something in a document that cannot mean what its author hoped. It never stops the rest of the document. */
export interface DefinitionIssue {
  /** Stable code, e.g. `regex.invalid`. */
  readonly code: IssueCode;
  /** Where, e.g. `segment 12 "beta", condition on "email"`. */
  readonly where: string;
  /** What is wrong and what it means, in words. */
  readonly message: string;
}

/** The codes of {@link DefinitionIssue}. */
export type IssueCode =
  | 'regex.invalid'
  | 'regex.unsupported'
  | 'modulo.zero'
  | 'condition.null'
  | 'condition.size'
  | 'operator.unknown'
  | 'rule.type'
  | 'document.invalid'
  | 'feature.invalid'
  | 'segment.invalid'
  | 'identity.invalid';

/** Takes one issue. */
export type Report = (issue: DefinitionIssue) => void;

const longestShown = 100;

/** Text of a document as an issue shows it: cut where it is long. */
export function shown(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
