import type { ExplainedStep, Explanation, Verdict } from '../../flags/explanation.ts';

/** How an explanation is written. */
export interface TextOptions {
  /** ANSI colours, for terminals. */
  readonly colours: boolean;
}

const marks: Readonly<Record<Verdict, string>> = { yes: '✓', no: '✗', skipped: '–', info: '·' };
const codes: Readonly<Record<Verdict, number>> = { yes: 32, no: 31, skipped: 90, info: 36 };

/** Writes an explanation for people: the answer, why, what it was taken from, and every step as a tree. */
export function explanationText(explanation: Explanation, { colours }: TextOptions): string {
  const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { flag, answer, because, environment, context, steps, notes } = explanation;
  const state = answer.enabled ? paint(32, 'on') : paint(31, 'off');
  const variant = answer.variant === null ? '' : `, variant ${paint(1, clean(answer.variant))}`;
  const value = answer.value === undefined ? '' : `, value ${clean(JSON.stringify(answer.value))}`;
  const hidden = answer.visible ? '' : ' (not shown to this credential)';
  const { confirmedAgeSeconds: age } = environment;
  const lines = [
    `${paint(1, clean(flag))} is ${state}${variant}${value}${hidden}`,
    `  because ${clean(because)}`,
    '',
    `  environment  ${clean(environment.name)} (${environment.mode}, ${environment.evaluation})`,
    `  definitions  revision ${environment.revision} from ${environment.origin}, since ${environment.publishedAt}${age === null ? '' : `, confirmed ${age} s ago`}`,
    `  context      ${clean(JSON.stringify(context.values))}`,
    `               read as ${context.reader}`,
    `  reason       ${clean(answer.reason)}`,
    '',
    ...steps.flatMap((one) => stepLines(one, '  ', paint)),
  ];
  if (notes.length > 0) lines.push('', ...notes.map((note) => `  Note: ${clean(note)}`));
  return `${lines.join('\n')}\n`;
}

function stepLines(one: ExplainedStep, indent: string, paint: (code: number, text: string) => string): string[] {
  const decided = one.decisive ? paint(1, '  <- this decided') : '';
  const line = `${indent}${paint(codes[one.verdict], marks[one.verdict])} ${clean(one.text)}${decided}`;
  return [line, ...one.steps.flatMap((inner) => stepLines(inner, `${indent}  `, paint))];
}

/** Names and values come from outside: what could steer a terminal becomes visible instead. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) =>
    JSON.stringify(character).length > 3
      ? JSON.stringify(character).slice(1, -1)
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
