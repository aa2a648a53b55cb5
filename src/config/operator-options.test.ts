import { expect, test } from 'vitest';
import { resolveArguments, splitArguments } from './command-line.ts';
import { OperatorSettingError, operatorCliOptions, readOperatorSettings } from './operator-options.ts';
import { createProxyConfig } from './proxy-config.ts';

const token = 'operator-token-for-tests';
const other = 'another-token-for-tests';

test('nothing is open but the page to this machine', () => {
  expect(readOperatorSettings({})).toEqual({ tokens: [], access: 'loopback' });
  expect(readOperatorSettings({ HALYARD_OPERATOR_TOKEN: '', HALYARD_OPERATOR_ACCESS: '' }).access).toBe('loopback');
});

test('one token or several, and who needs one', () => {
  const environment = { HALYARD_OPERATOR_TOKEN: ` ${token}, ${other},`, HALYARD_OPERATOR_ACCESS: ' Token' };
  const settings = { tokens: [token, other], access: 'token' };
  expect(readOperatorSettings(environment)).toEqual(settings);
  const required = { unleashUrl: 'http://x/api', unleashApiToken: 'x', clientKeys: ['k'] };
  expect(createProxyConfig(required, environment).operator).toEqual(settings);
  expect(resolveArguments(operatorCliOptions, splitArguments([], []), environment)).toEqual({
    operatorTokens: [token, other],
    operatorAccess: 'token',
  });
});

test('flags win over variables', () => {
  const raw = splitArguments(
    ['--operator-token', token, '--operator-token', other, '--operator-access=off'],
    Object.values(operatorCliOptions),
  );
  const values = resolveArguments(operatorCliOptions, raw, { HALYARD_OPERATOR_TOKEN: 'x' });
  expect(values).toEqual({ operatorTokens: [token, other], operatorAccess: 'off' });
});

test('what cannot be used is refused without being repeated', () => {
  const short = 'short-secret';
  expect(() => readOperatorSettings({ HALYARD_OPERATOR_TOKEN: short })).toThrow(OperatorSettingError);
  expect(() => readOperatorSettings({ HALYARD_OPERATOR_TOKEN: short })).toThrow(
    /^((?!short-secret).)*16 characters.*$/,
  );
  expect(() => readOperatorSettings({ HALYARD_OPERATOR_ACCESS: 'everybody' })).toThrow('loopback, token, off');
  const environment = { HALYARD_OPERATOR_TOKEN: short };
  expect(() => resolveArguments(operatorCliOptions, splitArguments([], []), environment)).toThrow(
    /\[hidden\].*16 characters/,
  );
});
