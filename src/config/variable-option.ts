import type { CliOption } from './command-line.ts';
import type { Option, Warn } from './option.ts';

/**
 * A setting that all modes have as a variable, for Edge's command line: without a flag unless one is given, and strict:
 * a value that cannot be used is an error there.
 */
export function variableOption(
  { environment, kind, parse, fallback, fallbackText, description, secret }: Option<unknown>,
  flag?: string,
): CliOption<unknown> {
  const [variable = '', olderVariable] = environment;
  const refuse: Warn = (problem) => {
    throw new Error(problem);
  };
  return {
    flag: flag ?? `--${variable.toLowerCase().replaceAll('_', '-')}`,
    variable,
    variableOnly: flag === undefined,
    olderVariable,
    arity: 'one',
    global: flag !== undefined,
    hidden: false,
    secret: secret ?? false,
    kind,
    valueName: variable,
    description,
    fallback,
    fallbackText: fallbackText ?? (fallback === undefined || fallback === false ? undefined : String(fallback)),
    required: false,
    parse: ([value = '']) => parse(value, variable, refuse) ?? fallback,
    conflicts: [],
    requires: [],
  };
}
