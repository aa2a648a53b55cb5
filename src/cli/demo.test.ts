import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createProxyConfig } from '../config/proxy-config.ts';
import { readDefinitions } from '../unleash/definitions/read-document.ts';
import { builtInStrategyNames } from '../unleash/engine/strategies/compile.ts';
import { demoKey, demoOperatorToken, demoText } from './demo-text.ts';

const text = readFileSync(new URL('../../demo/flags.json', import.meta.url), 'utf8');

it('the bundled flags use every strategy, every operator, variants, segments and dependencies', () => {
  const { features, issues } = readDefinitions(JSON.parse(text));
  expect(issues).toEqual([]);
  for (const strategy of builtInStrategyNames) expect(text).toContain(`"name": "${strategy}"`);
  const operators = [...text.matchAll(/"operator": "(\w+)"/g)].map(([, operator]) => operator);
  expect([...new Set(operators)].sort()).toEqual([
    'DATE_AFTER',
    'DATE_BEFORE',
    'IN',
    'IN_CIDR',
    'NOT_IN',
    'NUM_EQ',
    'NUM_GT',
    'NUM_GTE',
    'NUM_LT',
    'NUM_LTE',
    'REGEX',
    'SEMVER_EQ',
    'SEMVER_GT',
    'SEMVER_GTE',
    'SEMVER_LT',
    'SEMVER_LTE',
    'STR_CONTAINS',
    'STR_ENDS_WITH',
    'STR_STARTS_WITH',
  ]);
  expect(features.some(({ variants }) => variants.length > 0)).toBe(true);
  const strategies = features.flatMap((feature) => (feature.strategies === 'broken' ? [] : feature.strategies));
  expect(strategies.some((strategy) => strategy !== null && strategy.variants.length > 0)).toBe(true);
  expect(strategies.some((strategy) => strategy !== null && strategy.segments.length > 1)).toBe(true);
  expect(features.some(({ dependencies }) => dependencies.length > 0)).toBe(true);
});

it('the lines to paste follow the settings', () => {
  const config = (environment: Record<string, string>) =>
    createProxyConfig({ unleashUrl: 'x', unleashApiToken: 'x', clientKeys: [demoKey] }, environment);
  expect(demoText(config({}), 3000, 20, 'flags.json')).toContain(
    `curl -H 'authorization: ${demoKey}' 'http://localhost:3000/proxy?userId=alice&country=NO'`,
  );
  const other = { PROXY_BASE_PATH: 'base', CLIENT_KEY_HEADER_NAME: 'X-Key', HALYARD_HOST: '::1' };
  expect(demoText(config(other), 80, 20, 'flags.json')).toContain(`curl -H 'X-Key: ${demoKey}' 'http://[::1]:80/base/`);
  expect(demoText(config({ PORT: '/run/x.sock' }), undefined, 20, 'flags.json')).toContain(
    'curl --unix-socket /run/x.sock -H',
  );
  expect(demoText(config({}), 3000, 20, 'flags.json')).toContain('flags.json (change it: it is read again)');
  expect(demoText(config({}), 3000, 20, undefined)).toContain('Flags          inside this program\n');
  const operator = { HALYARD_OPERATOR_TOKEN: demoOperatorToken };
  const explained = "'http://localhost:3000/halyard/explain/checkout-redesign'";
  expect(demoText(config(operator), 3000, 20, undefined)).toContain(explained);
  expect(demoText(config({ HALYARD_OPERATOR_TOKEN: 'x'.repeat(16) }), 3000, 20, undefined)).not.toContain(explained);
  expect(demoText(config({ ...operator, HALYARD_OPERATOR_ACCESS: 'off' }), 3000, 20, undefined)).not.toContain(
    '/halyard/',
  );
});
