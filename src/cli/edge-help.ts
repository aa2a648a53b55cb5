import type { CliOption, CliOptions } from '../config/command-line.ts';
import { checkOptions, edgeOptions, edgeRootOptions, offlineOptions } from '../config/edge-options.ts';

const commands: Readonly<Record<string, { readonly about: string; readonly options: CliOptions }>> = {
  edge: { about: 'Run in edge mode: serve the flags of an upstream Unleash', options: edgeOptions },
  offline: { about: 'Run in offline mode: serve the flags of a file', options: offlineOptions },
  health: { about: 'Check whether a running Edge is alive', options: checkOptions },
  ready: { about: 'Check whether a running Edge is ready to serve', options: checkOptions },
};

/** What `halyard <command> --help` prints. */
export function edgeHelp(command: string): string {
  const { about, options } = commands[command] ?? { about: '', options: {} };
  return [
    about,
    '',
    `Usage: halyard [OPTIONS] ${command} [COMMAND OPTIONS]`,
    '',
    `Options of ${command}:`,
    ...optionLines(Object.values(options)),
    '',
    'Options of the server, in front of the command (those marked * anywhere):',
    ...optionLines(Object.values(edgeRootOptions)),
    '',
    'Each option is a variable too; the command line wins. Variables without a flag:',
    ...[...Object.values(edgeRootOptions), ...Object.values(options)]
      .filter((option) => option.variableOnly && !option.hidden)
      .map((option) => `  ${option.variable.padEnd(38)} ${sentence(option)}`),
  ].join('\n');
}

/** What `--markdown-help` prints: all commands as Markdown tables. */
export function edgeMarkdownHelp(): string {
  const table = (options: readonly CliOption<unknown>[]) => [
    '| Flag | Variable | Default | Meaning |',
    '|---|---|---|---|',
    ...options
      .filter(({ hidden }) => !hidden)
      .map(
        (option) =>
          `| ${option.variableOnly ? '' : `\`${names(option)}\``} | \`${option.variable}\` | ${option.fallbackText ?? ''} | ${option.description} |`,
      ),
    '',
  ];
  return [
    '# Commands that replace Unleash Edge',
    '',
    '## Server',
    '',
    ...table(Object.values(edgeRootOptions)),
    ...Object.entries(commands).flatMap(([name, { about, options }]) => [
      `## \`${name}\``,
      '',
      about,
      '',
      ...table(Object.values(options)),
    ]),
  ].join('\n');
}

/** Options as `--help` shows them. An option with an empty variable has none. */
export function optionLines(options: readonly CliOption<unknown>[]): string[] {
  return options
    .filter((option) => !option.hidden && !option.variableOnly)
    .map((option) => {
      const text = option.arity === 'switch' ? names(option) : `${names(option)} <${option.valueName}>`;
      const variable = option.variable === '' ? '' : ` [env: ${option.variable}]`;
      return `${option.global ? '* ' : '  '}${text}\n          ${sentence(option)}${variable}`;
    });
}

function names({ flag, short }: CliOption<unknown>): string {
  return short === undefined ? flag : `${short}, ${flag}`;
}

function sentence({ description, fallbackText }: CliOption<unknown>): string {
  return fallbackText === undefined || fallbackText === '' ? description : `${description} [default: ${fallbackText}]`;
}
