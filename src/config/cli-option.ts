import type { CliOption } from './command-line.ts';

/** What is left to say about a flag besides its kind. */
export interface Declaration<Value> {
  readonly short?: string;
  readonly variable?: string;
  readonly olderVariable?: string;
  /** A variable without a flag. */
  readonly variableOnly?: boolean;
  readonly global?: boolean;
  readonly hidden?: boolean;
  readonly secret?: boolean;
  readonly valueName?: string;
  /** What a value is, where its kind does not say enough: `URL`, `list of networks`. */
  readonly kind?: string;
  readonly fallback?: Value;
  readonly fallbackText?: string;
  readonly required?: boolean;
  readonly conflicts?: readonly string[];
  readonly requires?: readonly string[];
}

function declare<Value>(
  flag: string,
  description: string,
  arity: CliOption<Value>['arity'],
  kind: string,
  declaration: Declaration<Value>,
  fallback: Value,
  parse: CliOption<Value>['parse'],
): CliOption<Value> {
  const variable = flag.slice(2).toUpperCase().replaceAll('-', '_');
  return {
    flag,
    short: declaration.short,
    variable: declaration.variable ?? variable,
    olderVariable: declaration.olderVariable,
    variableOnly: declaration.variableOnly ?? false,
    arity,
    kind: declaration.kind ?? kind,
    global: declaration.global ?? false,
    hidden: declaration.hidden ?? false,
    secret: declaration.secret ?? false,
    valueName: declaration.valueName ?? variable,
    description,
    fallback,
    fallbackText:
      declaration.fallbackText ?? (fallback === undefined || fallback === false ? undefined : String(fallback)),
    required: declaration.required ?? false,
    parse,
    conflicts: declaration.conflicts ?? [],
    requires: declaration.requires ?? [],
  };
}

/** On or off. */
export function cliSwitch(
  flag: string,
  description: string,
  declaration: Declaration<boolean> = {},
): CliOption<boolean> {
  return declare(
    flag,
    description,
    'switch',
    'boolean',
    declaration,
    false,
    ([text]) => text === 'true' || text === '1',
  );
}

/** Text, or undefined. */
export function cliText(
  flag: string,
  description: string,
  declaration: Declaration<string> = {},
): CliOption<string | undefined> {
  return declare(flag, description, 'one', 'text', declaration, declaration.fallback, ([text]) => text);
}

/** Text that requests carry in a header, or undefined. */
export function cliHeaderText(
  flag: string,
  description: string,
  check: (text: string) => string,
  declaration: Declaration<string> = {},
): CliOption<string | undefined> {
  return declare(flag, description, 'one', 'text', declaration, declaration.fallback, ([text]) => check(text ?? ''));
}

/** A value with a form of its own. */
export function cliCustom<Value>(
  flag: string,
  description: string,
  parse: (text: string) => Value,
  declaration: Declaration<Value> & { readonly fallback: Value },
): CliOption<Value> {
  return declare(flag, description, 'one', 'text', declaration, declaration.fallback, ([text]) => parse(text ?? ''));
}

/** A whole number, 0 or more. */
export function cliNumber(
  flag: string,
  description: string,
  declaration: Declaration<number> & { readonly fallback: number },
): CliOption<number> {
  return cliCustom(flag, description, wholeNumber, { kind: 'integer', ...declaration });
}

/** One of some words. */
export function cliChoice<Word extends string>(
  flag: string,
  description: string,
  words: readonly Word[],
  declaration: Declaration<Word> & { readonly fallback: Word },
): CliOption<Word> {
  const parse = (text: string): Word => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new Error(`[possible values: ${words.join(', ')}]`);
    return word;
  };
  return cliCustom(flag, description, parse, { kind: words.map((word) => `\`${word}\``).join(', '), ...declaration });
}

/** Items separated by commas; the flag may be repeated. */
export function cliList<Item = string>(
  flag: string,
  description: string,
  declaration: Declaration<readonly Item[]> = {},
  parse: (text: string) => Item = (text) => text as Item,
): CliOption<readonly Item[]> {
  return declare(flag, description, 'many', 'list', declaration, declaration.fallback ?? [], (texts) =>
    texts
      .flatMap((text) => text.split(','))
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map(parse),
  );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error('invalid digit found in string');
  return Number(text);
}
