import { cliCustom, cliList, cliNumber, cliText } from './cli-option.ts';
import { parseHttpUrl } from './edge-values.ts';

const secret = true;

/** Settings of `offline`. */
export const offlineOptions = {
  bootstrapFile: cliText('--bootstrap-file', 'The features to serve', { short: '-b' }),
  tokens: cliList('--tokens', 'Tokens for both APIs. Deprecated: use the two below', { short: '-t', secret }),
  clientTokens: cliList('--client-tokens', 'Tokens for the client API', { short: '-c', secret }),
  frontendTokens: cliList('--frontend-tokens', 'Tokens for the frontend API', { short: '-f', secret }),
  reloadInterval: cliNumber(
    '--reload-interval',
    'Above 0, the file is followed: watched, and looked at every second. 0 reads it once',
    {
      short: '-r',
      fallback: 0,
    },
  ),
} as const;

/** Settings of `health` and `ready`. */
export const checkOptions = {
  edgeUrl: cliCustom(
    '--edge-url',
    'Where the Edge to check is. Left out inside a container, the server there is found in every mode',
    parseHttpUrl,
    { short: '-e', kind: 'URL', fallback: undefined as string | undefined, fallbackText: 'http://localhost:3063' },
  ),
  caCertificateFile: cliText('--ca-certificate-file', 'Extra root certificate to trust, PEM', { short: '-c' }),
} as const;
