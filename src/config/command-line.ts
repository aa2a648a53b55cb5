import type { Environment } from './option.ts';
import { shownArgument } from './shown-argument.ts';

/** The command line or a variable says something that cannot be used. Ends the process with 2, as clap programs do. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** One flag, declared once: its names, its variable, how text becomes a value, and what it means. */
export interface CliOption<Value> {
  /** Long name with both dashes. */
  readonly flag: string;
  /** One letter with its dash. */
  readonly short?: string | undefined;
  /** Environment variable; the flag in capitals unless given. */
  readonly variable: string;
  /** A variable that counts where the first one is not set. */
  readonly olderVariable: string | undefined;
  /** True for variables without a flag. */
  readonly variableOnly: boolean;
  /** Whether text follows, and whether the flag may be repeated. */
  readonly arity: 'switch' | 'one' | 'many';
  /** What a value is, for people: `boolean`, `integer`, `text`, `list`, or the words to choose from. */
  readonly kind: string;
  /** May stand behind the command although it belongs in front of it. */
  readonly global: boolean;
  /** Not shown by `--help`. */
  readonly hidden: boolean;
  readonly secret: boolean;
  readonly valueName: string;
  readonly description: string;
  /** How the default is described. */
  readonly fallbackText: string | undefined;
  readonly fallback: Value;
  readonly required: boolean;
  /** @throws Error with the reason, without the text when it may be secret */
  readonly parse: (texts: readonly string[]) => Value;
  /** Flags that cannot be given together with this one. */
  readonly conflicts: readonly string[];
  /** Flags that have to be given too. */
  readonly requires: readonly string[];
}

/** A set of flags by the names under which their values are handed on. */
export type CliOptions = Readonly<Record<string, CliOption<unknown>>>;

/** The values of a set of flags. */
export type CliValues<Options extends CliOptions> = {
  readonly [Name in keyof Options]: Options[Name] extends CliOption<infer Value> ? Value : never;
};

/** What stood on the command line, before its meaning is looked at. */
export interface RawArguments {
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

/**
 * Splits arguments into flags and their texts: `--flag text`, `--flag=text`, `-f text`, `-ftext`. Only the given flags
 * exist.
 *
 * @throws ArgumentError
 */
export function splitArguments(args: readonly string[], options: readonly CliOption<unknown>[]): RawArguments {
  const texts = new Map<string, string[]>();
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] as string;
    const { option, attached } = findOption(argument, options);
    const known = texts.get(option.flag);
    if (known !== undefined && option.arity !== 'many') {
      throw new ArgumentError(`the argument '${option.flag}' cannot be used multiple times`);
    }
    let text = attached;
    if (option.arity === 'switch') {
      if (text !== undefined)
        throw new ArgumentError(`unexpected value for '${option.flag}' found; no more were expected`);
      text = 'true';
    } else if (text === undefined) {
      text = args[++i];
      if (text === undefined || (text.startsWith('-') && text.length > 1 && findFlag(text, options) !== undefined)) {
        throw new ArgumentError(`a value is required for '${option.flag} <${option.valueName}>' but none was supplied`);
      }
    }
    texts.set(option.flag, [...(known ?? []), text]);
  }
  return { texts };
}

/**
 * Turns raw texts and variables into values: the command line wins over the environment.
 *
 * @throws ArgumentError
 */
export function resolveArguments<Options extends CliOptions>(
  options: Options,
  { texts }: RawArguments,
  environment: Environment,
): CliValues<Options> {
  const all = Object.values(options);
  const given = new Set<string>();
  const values = Object.entries(options).map(([name, option]) => {
    const own = texts.get(option.flag);
    const variable = environment[option.variable] || (option.olderVariable && environment[option.olderVariable]);
    if (own === undefined && (variable === undefined || variable === '')) return [name, option.fallback];
    const value = own !== undefined ? parse(option, own, false) : parse(option, [variable as string], true);
    if (option.arity !== 'switch' || value === true) given.add(option.flag);
    return [name, value];
  });
  const missing = all.filter((option) => option.required && !given.has(option.flag));
  if (missing.length > 0) {
    const names = missing.map((option) => `  ${option.flag} <${option.valueName}>`).join('\n');
    throw new ArgumentError(`the following required arguments were not provided:\n${names}`);
  }
  for (const option of all) {
    if (!given.has(option.flag)) continue;
    for (const other of option.conflicts) {
      if (given.has(other)) throw new ArgumentError(`the argument '${option.flag}' cannot be used with '${other}'`);
    }
    for (const other of option.requires) {
      if (!given.has(other)) {
        throw new ArgumentError(`the following required arguments were not provided:\n  ${other}`);
      }
    }
  }
  return Object.fromEntries(values) as CliValues<Options>;
}

function parse(option: CliOption<unknown>, texts: readonly string[], fromVariable: boolean): unknown {
  if (option.arity === 'switch' && fromVariable && !/^(true|false)$/.test(texts[0] ?? '') && !option.variableOnly) {
    throw invalid(option, texts, `[possible values: true, false]`);
  }
  try {
    return option.parse(texts);
  } catch (error) {
    throw invalid(option, texts, (error as Error).message);
  }
}

function invalid(option: CliOption<unknown>, texts: readonly string[], reason: string): ArgumentError {
  const shown = option.secret ? '[hidden]' : texts.map(shownArgument).join(',');
  return new ArgumentError(`invalid value '${shown}' for '${option.flag} <${option.valueName}>': ${reason}`);
}

function findOption(
  argument: string,
  options: readonly CliOption<unknown>[],
): { option: CliOption<unknown>; attached: string | undefined } {
  const found = findFlag(argument, options);
  if (found === undefined) {
    // What follows an unknown flag may be a secret.
    throw new ArgumentError(`unexpected argument '${argument.split('=', 1)[0]}' found`);
  }
  return found;
}

function findFlag(
  argument: string,
  options: readonly CliOption<unknown>[],
): { option: CliOption<unknown>; attached: string | undefined } | undefined {
  if (argument.startsWith('--')) {
    const equals = argument.indexOf('=');
    const flag = equals < 0 ? argument : argument.slice(0, equals);
    const option = options.find((candidate) => candidate.flag === flag && !candidate.variableOnly);
    return option && { option, attached: equals < 0 ? undefined : argument.slice(equals + 1) };
  }
  if (!argument.startsWith('-') || argument.length < 2) return undefined;
  const option = options.find((candidate) => candidate.short === argument.slice(0, 2));
  if (option === undefined) return undefined;
  const rest = argument.slice(2);
  return { option, attached: rest === '' ? undefined : rest.startsWith('=') ? rest.slice(1) : rest };
}
