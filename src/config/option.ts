/**
 * Told about values that were replaced, so that an operator can mend them. Never gets a secret value.
 *
 * @param problem what is wrong with the value
 * @param instead what is used in its place, as a sentence; of no interest where such a value is refused
 */
export type Warn = (problem: string, instead?: string) => void;

/** Problem and replacement as one text. */
export function warning(problem: string, instead?: string): string {
  return instead === undefined ? problem : `${problem}. ${instead}`;
}

/** One setting, declared once: where it can be given, how text becomes a value, and what it means. */
export interface Option<Value> {
  /** Environment variables, the first non-empty one counts. */
  readonly environment: readonly string[];
  /** Turns the text of a variable into a value; undefined means that the default applies. */
  readonly parse: (text: string, variable: string, warn: Warn) => Value | undefined;
  readonly fallback: Value | undefined;
  /** How the kind of value is called in the documentation. */
  readonly kind: string;
  /** How the default is described where `fallback` does not say it all. */
  readonly fallbackText?: string | undefined;
  readonly description: string;
  /** True for values that must never be shown. */
  readonly secret?: boolean | undefined;
}

type Declaration<Value> = Omit<Option<Value>, 'parse' | 'kind' | 'fallback'> & {
  readonly fallback?: Value | undefined;
};

/** Text as it is. */
export function text(declaration: Declaration<string>): Option<string> {
  return { fallback: undefined, ...declaration, kind: 'text', parse: (value) => value };
}

/** Items separated by commas; white space behind a comma is dropped. */
export function list(declaration: Declaration<readonly string[]>): Option<readonly string[]> {
  return { fallback: undefined, ...declaration, kind: 'list', parse: splitList };
}

/** On for `true`, `1` and `t`; off for anything else. */
export function flag(declaration: Declaration<boolean>): Option<boolean> {
  return { fallback: false, ...declaration, kind: 'boolean', parse: (value) => ['true', '1', 't'].includes(value) };
}

/** On for everything but the usual words for off. For switches whose variable used to count by being set at all. */
export function switchedOn(declaration: Declaration<boolean>): Option<boolean> {
  return { fallback: false, ...declaration, kind: 'boolean', parse: (value) => !isOffWord(value) };
}

/** What a timer can take; far beyond every other bound. Also in milliseconds, about 25 days. */
const longestValue = 2 ** 31 - 1;

/**
 * Leading decimal digits, as in the original; what follows them is told, because `5s` is 5 and not 5000. Anything else is
 * replaced by the default, with a warning.
 */
export function integer(declaration: Declaration<number>, minimum = 0): Option<number> {
  const { fallback } = declaration;
  return {
    fallback: undefined,
    ...declaration,
    kind: 'integer',
    parse: (value, variable, warn) => {
      const number = Number.parseInt(value, 10);
      if (number >= minimum) {
        const used = Math.min(number, longestValue);
        if (!/^\s*\+?\d+\s*$/.test(value)) warn(`${variable} is "${value}", but takes digits only`, `Using ${used}`);
        return used;
      }
      warn(`${variable} is no usable number ("${value}")`, `Using ${fallback ?? 'the default'}`);
      return undefined;
    },
  };
}

/** A value with a form of its own. */
export function custom<Value>(
  kind: string,
  declaration: Declaration<Value>,
  parse: Option<Value>['parse'],
): Option<Value> {
  return { fallback: undefined, ...declaration, kind, parse };
}

/** True for `false`, `0`, `f`, `no`, `n` and `off`, in any case. */
export function isOffWord(value: string): boolean {
  return ['false', '0', 'f', 'no', 'n', 'off'].includes(value.trim().toLowerCase());
}

/** Splits at each comma together with the white space behind it. */
export function splitList(value: string): string[] {
  return value.split(/,\s*/);
}

/** The value that applies: one given in code, else the environment's, else the default. */
export function resolve<Value>(
  option: Option<Value>,
  given: Value | undefined | null,
  environment: Environment,
  warn: Warn,
): Value | undefined {
  if (given !== undefined && given !== null && given !== '') return given;
  for (const variable of option.environment) {
    const value = environment[variable];
    if (value) return option.parse(value, variable, warn) ?? option.fallback;
  }
  return option.fallback;
}

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;
