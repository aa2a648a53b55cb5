import {
  defaultOperatorSettings,
  type OperatorAccessRule,
  type OperatorSettings,
  operatorAccessWords,
  shortestOperatorToken,
} from '../http/operator/settings.ts';
import { cliCustom, cliList } from './cli-option.ts';
import type { CliOption } from './command-line.ts';
import { custom, type Environment, resolve } from './option.ts';

/** A setting of operator tools cannot be used. The message says what to do and holds no token. */
export class OperatorSettingError extends Error {
  override readonly name = 'OperatorSettingError';
}

const tokenVariable = 'HALYARD_OPERATOR_TOKEN';
const accessVariable = 'HALYARD_OPERATOR_ACCESS';
const tokenText =
  'Tokens of operators, for explanations and the status page. Without one, explanations are off. At least 16 characters each, for example from `openssl rand -hex 24`.';
const accessText =
  'Who sees the status page without a token: `loopback`, programs on this machine; `token`, nobody; `off` removes all operator tools.';

/** Operator tools, for the modes that are configured by variables. */
export const operatorOptions = {
  operatorTokens: custom<readonly string[]>(
    'list',
    { environment: [tokenVariable], fallback: [], fallbackText: 'none', description: tokenText, secret: true },
    parseTokens,
  ),
  operatorAccess: custom<OperatorAccessRule>(
    operatorAccessWords.join(', '),
    { environment: [accessVariable], fallback: defaultOperatorSettings.access, description: accessText },
    parseAccess,
  ),
};

/** The same for Edge, with flags. */
export const operatorCliOptions = {
  operatorTokens: cliList<string>('--operator-token', tokenText, { variable: tokenVariable, secret: true }, parseToken),
  operatorAccess: cliCustom<OperatorAccessRule>('--operator-access', accessText, parseAccess, {
    variable: accessVariable,
    fallback: defaultOperatorSettings.access,
  }),
} satisfies Record<string, CliOption<unknown>>;

/** What the environment says about operator tools. @throws OperatorSettingError */
export function readOperatorSettings(environment: Environment): OperatorSettings {
  const ignore = () => {};
  return {
    tokens: resolve(operatorOptions.operatorTokens, undefined, environment, ignore) ?? defaultOperatorSettings.tokens,
    access: resolve(operatorOptions.operatorAccess, undefined, environment, ignore) ?? defaultOperatorSettings.access,
  };
}

function parseTokens(text: string): readonly string[] {
  return text
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
    .map(parseToken);
}

function parseToken(token: string): string {
  if (token.length >= shortestOperatorToken && !/\s/.test(token)) return token;
  throw new OperatorSettingError(
    `an operator token (${tokenVariable}) needs at least ${shortestOperatorToken} characters and no white space`,
  );
}

function parseAccess(text: string): OperatorAccessRule {
  const word = operatorAccessWords.find((candidate) => candidate === text.trim().toLowerCase());
  if (word !== undefined) return word;
  throw new OperatorSettingError(`${accessVariable} has to be one of ${operatorAccessWords.join(', ')}`);
}
