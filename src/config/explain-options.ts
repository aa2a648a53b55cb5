import { cliChoice, cliCustom, cliSwitch, cliText } from './cli-option.ts';
import { parseHttpUrl } from './edge-values.ts';

/** Whose answers to explain for a file that does not say it. */
export const explainSystems = ['auto', 'unleash-node', 'yggdrasil', 'flagsmith-proxy', 'flagsmith-core'] as const;

/** Settings of `explain`. */
export const explainOptions = {
  flag: cliText('--flag', 'The flag to explain', { short: '-f', valueName: 'NAME', required: true }),
  context: cliText(
    '--context',
    'Context as JSON, as SDKs send it: for Unleash {"userId": "1"}, for Flagsmith {"identifier": "1", "traits": {}}',
    {
      valueName: 'JSON',
      conflicts: ['--query'],
    },
  ),
  query: cliText('--query', 'Context as the query string of a GET: userId=1&country=NO', {
    valueName: 'QUERY',
  }),
  environment: cliText('--environment', 'Which environment; needed where there are several', {
    short: '-e',
    valueName: 'NAME',
  }),
  mode: cliText(
    '--mode',
    'Which system, where two have an environment of one name: proxy, edge, offline, flagsmith, demo',
    {},
  ),
  credential: cliText('--credential', 'Explain what this SDK credential sees', {
    valueName: 'KEY',
    variable: 'HALYARD_EXPLAIN_CREDENTIAL',
    secret: true,
  }),
  url: cliCustom('--url', 'A running Halyard, base path included', parseHttpUrl, {
    short: '-u',
    variable: 'HALYARD_URL',
    valueName: 'URL',
    conflicts: ['--file'],
    fallback: undefined as string | undefined,
  }),
  token: cliText('--token', 'Operator token of that Halyard; of several, the first counts', {
    short: '-t',
    variable: 'HALYARD_OPERATOR_TOKEN',
    secret: true,
  }),
  caCertificateFile: cliText('--ca-certificate-file', 'Extra root certificate to trust, PEM', { short: '-c' }),
  file: cliText(
    '--file',
    'Definitions instead of a running Halyard: a backup file or folder, a bootstrap file, or a document of Unleash or Flagsmith',
    {
      valueName: 'PATH',
    },
  ),
  evaluation: cliChoice('--evaluation', 'Whose evaluation to follow for a file', explainSystems, {
    fallback: 'auto',
  }),
  json: cliSwitch('--json', 'Print JSON instead of text'),
} as const;

/** The only variables that count: the others have names that mean something else to other programs. */
export const explainVariables = [
  'HALYARD_URL',
  'HALYARD_OPERATOR_TOKEN',
  'HALYARD_EXPLAIN_CREDENTIAL',
  'CA_CERTIFICATE_FILE',
];
