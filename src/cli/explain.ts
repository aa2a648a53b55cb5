import { ArgumentError, type CliValues, resolveArguments, splitArguments } from '../config/command-line.ts';
import { explainOptions, explainVariables } from '../config/explain-options.ts';
import type { Environment } from '../config/option.ts';
import { type ExplainResult, explainFlag } from '../operations/operator/explain.ts';
import { explanationText } from '../operations/operator/explanation-text.ts';
import { ExplainFileError, readFileModes } from './explain-file.ts';
import { explainHelp } from './explain-help.ts';
import { askServer, ExplainServerError } from './explain-server.ts';

/** Where a command writes. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** `out` understands colours. */
  readonly colours: boolean;
}

/** Exit codes: explained, could not be explained, the command line cannot be used. */
const explained = 0;
const failed = 1;
const misused = 2;

type Settings = CliValues<typeof explainOptions>;

/**
 * `halyard explain`: the way to one answer, from a running Halyard or from a file.
 *
 * @returns the exit code
 */
export async function runExplain(
  args: readonly string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    terminal.out(`${explainHelp()}\n`);
    return explained;
  }
  try {
    const settings = readExplainArguments(args, environment);
    const result = await ask(settings);
    if (!result.ok) {
      terminal.error(`halyard: ${result.message}\n`);
      return failed;
    }
    const { explanation } = result;
    const { colours } = terminal;
    terminal.out(
      settings.json ? `${JSON.stringify(explanation, undefined, 2)}\n` : explanationText(explanation, { colours }),
    );
    return explained;
  } catch (error) {
    if (error instanceof ArgumentError) {
      terminal.error(`error: ${error.message}\n\nFor more information, try 'halyard explain --help'.\n`);
      return misused;
    }
    if (!(error instanceof ExplainFileError || error instanceof ExplainServerError)) throw error;
    terminal.error(`halyard: ${error.message}\n`);
    return failed;
  }
}

/** Reads the command line. @throws ArgumentError */
function readExplainArguments(args: readonly string[], environment: Environment): Settings {
  const raw = splitArguments(args, Object.values(explainOptions));
  const variables = Object.fromEntries(explainVariables.map((name) => [name, environment[name]]));
  // A file that is named is meant, whatever server the shell knows.
  if (raw.texts.has(explainOptions.file.flag)) delete variables.HALYARD_URL;
  const settings = resolveArguments(explainOptions, raw, variables);
  if (settings.url === undefined && settings.file === undefined) {
    throw new ArgumentError('say what to ask: --url for a running Halyard, or --file for definitions on disk');
  }
  return settings;
}

async function ask(settings: Settings): Promise<ExplainResult> {
  const { flag = '', url, file, evaluation, caCertificateFile } = settings;
  const body = questionOf(settings);
  if (file !== undefined) return explainFlag(await readFileModes(file, evaluation), flag, body);
  const token = settings.token?.split(',')[0]?.trim();
  return askServer({ url: url ?? '', token, caCertificateFile }, flag, body);
}

/** The question as JSON. The context stays the text that was given: to Flagsmith `1` and `1.0` are two things. */
function questionOf({ context, query, environment, mode, credential }: Settings): string {
  const members = Object.entries({ query, environment, mode, credential })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (context !== undefined) {
    try {
      JSON.parse(context);
    } catch (error) {
      throw new ArgumentError(
        `--context is not JSON: ${(error as Error).message}. An example: --context '{"userId": "1"}'`,
      );
    }
    members.push(`"context":${context}`);
  }
  return `{${members.join(',')}}`;
}
