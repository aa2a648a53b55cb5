import { FleetSettingError } from '../config/fleet-options.ts';
import { OperatorSettingError } from '../config/operator-options.ts';
import type { Environment } from '../config/option.ts';
import { OtlpSettingError } from '../config/otlp-settings.ts';
import { MissingSettingError, SettingError } from '../config/setting-error.ts';
import { shownArgument } from '../config/shown-argument.ts';
import { LinkError } from '../fleet/link.ts';
import { version } from '../version.ts';
import { FlagsmithConfigError } from './asks-for-flagsmith.ts';
import { helpText } from './help.ts';
import { asksForEdge, chooseMode, type Mode, modeOf, UsageError } from './mode.ts';

/** Runs one command line. Ends the process with 1 when it cannot be carried out. */
export async function run(args: readonly string[], environment: Environment): Promise<void> {
  try {
    if (args[0] === 'explain') return await explain(args.slice(1), environment);
    if (asksForEdge(args, environment)) return await runEdge(args, environment);
    const [command, ...rest] = args;
    if (command === '--help' || command === '-h' || command === 'help') console.log(helpText());
    else if (command === '--version' || command === '-V') console.log(version);
    else if (command !== undefined && modeOf(command) === undefined)
      throw new UsageError(`unknown command "${shownArgument(command)}"`);
    else if (rest.includes('--help') || rest.includes('-h')) console.log(helpText());
    else if (rest.length > 0)
      throw new UsageError(`unknown argument "${shownArgument(rest[0] ?? '')}": settings are environment variables`);
    else await start(command === undefined ? chooseMode(environment) : (modeOf(command) as Mode), environment);
  } catch (error) {
    fail(error);
  }
}

/** Each mode is loaded when it is asked for: what it needs takes memory, and is followed in every collection. */
async function start(mode: Mode | 'both', environment: Environment): Promise<void> {
  switch (mode) {
    case 'proxy': {
      const { runProxy } = await import('./proxy.ts');
      return runProxy(environment);
    }
    case 'demo': {
      const { runDemo } = await import('./demo.ts');
      return runDemo(environment);
    }
    case 'render-config': {
      const { writeDefaultConfig } = await import('./flagsmith-config.ts');
      return writeDefaultConfig(environment);
    }
    case 'flagsmith': {
      const { runFlagsmith } = await import('./flagsmith.ts');
      return runFlagsmith(environment);
    }
    case 'both': {
      const { runShared } = await import('./shared.ts');
      return runShared({ proxy: true, flagsmith: true, edge: undefined }, environment);
    }
  }
}

/** Loaded when asked for: the other modes need nothing of it. */
async function runEdge(args: readonly string[], environment: Environment): Promise<void> {
  const { edgeMarkdownHelp } = await import('./edge-help.ts');
  if (args.includes('--markdown-help')) return console.log(edgeMarkdownHelp());
  const { runEdgeCommand } = await import('./edge.ts');
  const { findEdgeCommand } = await import('./edge-arguments.ts');
  // `help edge` is `edge --help`.
  const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  const line = findEdgeCommand(words) ?? { command: 'edge', before: args, after: [] };
  await runEdgeCommand(line, environment);
}

/** Explains one answer and ends the process with what came of it. */
async function explain(args: readonly string[], environment: Environment): Promise<void> {
  const { runExplain } = await import('./explain.ts');
  const { stdout, stderr } = process;
  process.exitCode = await runExplain(args, environment, {
    out: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    colours: stdout.isTTY === true && !environment.NO_COLOR,
  });
}

/** Errors whose message says what to do. */
const adviceIsEnough = [FlagsmithConfigError, OperatorSettingError, FleetSettingError, OtlpSettingError];

/**
 * Says why a command cannot be carried out. What an operator can mend is said without the places in Halyard's source
 * where it was noticed; a fault of the program shows them.
 */
function fail(error: unknown): void {
  if (error instanceof UsageError) console.error(`halyard: ${error.message}\n\nRun "halyard --help" for the commands.`);
  else if (adviceIsEnough.some((kind) => error instanceof kind)) console.error(`halyard: ${(error as Error).message}`);
  else if (isMistake(error)) console.error(withoutPlaces(error as Error));
  else console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exit(1);
}

/**
 * True for settings, for files of extensions that cannot be read as such, and for what the system refuses: a port that
 * is taken, a file that is not there. Of a worker that cannot start its primary knows the message only.
 */
function isMistake(error: unknown): boolean {
  if ([SettingError, MissingSettingError, LinkError, SyntaxError].some((kind) => error instanceof kind)) return true;
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^(E[A-Z]+|ERR_SOCKET_BAD_PORT)$/.test(code);
}

/** How the original begins, too: the kind of the error and its message. Node says before it where a file is wrong. */
function withoutPlaces(error: Error): string {
  const kind = error instanceof TypeError ? 'TypeError' : 'Error';
  if (!(error instanceof SyntaxError)) return `${kind}: ${error.message}`;
  const [head = ''] = (error.stack ?? String(error)).split(/\n +at /);
  return head.replace(/\n\s*\n+/g, '\n');
}
