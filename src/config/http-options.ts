import { type HttpImplementation, httpImplementations } from '../http/hosts/types.ts';
import { cliChoice } from './cli-option.ts';
import { custom } from './option.ts';
import { SettingError } from './setting-error.ts';

const description =
  "Who reads and writes HTTP/1.1: `own`, Halyard itself on the runtime's sockets; `runtime`, the HTTP server of Bun or Node, which HTTPS always has.";

/** Whose HTTP is served, for the modes that are configured by variables. */
export const httpOptions = {
  http: custom<HttpImplementation>(
    httpImplementations.join(', '),
    { environment: ['HALYARD_HTTP'], fallback: 'own', description },
    parse,
  ),
};

/** The same for Edge; a variable there, too. */
export const httpCliOptions = {
  http: cliChoice('--halyard-http', description, httpImplementations, { variableOnly: true, fallback: 'own' }),
};

/** @throws SettingError */
function parse(text: string, variable: string): HttpImplementation {
  const word = httpImplementations.find((candidate) => candidate === text.trim().toLowerCase());
  if (word !== undefined) return word;
  throw new SettingError(`${variable} is "${text}": give own, which is the default, or runtime`);
}
