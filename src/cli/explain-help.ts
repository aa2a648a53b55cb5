import { explainOptions, explainVariables } from '../config/explain-options.ts';
import { optionLines } from './edge-help.ts';

/** What `halyard explain --help` prints. */
export function explainHelp(): string {
  const options = Object.values(explainOptions);
  const own = options.map((option) =>
    explainVariables.includes(option.variable) ? option : { ...option, variable: '' },
  );
  return [
    'Explain why a flag is on or off for a context: every strategy, segment, rule and bucket on the way to the answer',
    '',
    'Usage: halyard explain --flag <NAME> [--context <JSON>] (--url <URL> [--token <TOKEN>] | --file <PATH>) [OPTIONS]',
    '',
    'Options:',
    ...optionLines(own),
    '',
    'Files: a document of Unleash (read as Unleash Proxy would; with --evaluation yggdrasil as Edge would) or of',
    'Flagsmith, a bootstrap file of Edge, a backup file, or the folder in which Halyard keeps its state.',
    '',
    'Examples:',
    `  halyard explain --url http://localhost:3000 --flag checkout --context '{"userId": "1"}'`,
    `  halyard explain --file /backup --environment production --flag checkout --query 'userId=1&country=NO'`,
    '',
    'Exit codes: 0 explained, 1 not explained, 2 the command line cannot be used.',
  ].join('\n');
}
