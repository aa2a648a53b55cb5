import { expect, it } from 'vitest';
import { halyardFlagsmithOptions } from './halyard-options.ts';
import { unknownVariables } from './unknown-variables.ts';

it.each([
  ['SERVER_PROXY_HEADERS', 'SERVER_PROXY_HEADERS (set SERVER={"proxy_headers": …} instead)'],
  ['SERVER__PORT', 'SERVER__PORT (set SERVER={"port": …} instead)'],
  ['logging_log_level', 'logging_log_level (set LOGGING={"log_level": …} instead)'],
  [
    'HEALTH_CHECK_ENVIRONMENT_UPDATE_GRACE_PERIOD_SECONDS',
    'HEALTH_CHECK_ENVIRONMENT_UPDATE_GRACE_PERIOD_SECONDS (set HEALTH_CHECK={"environment_update_grace_period_seconds": …} instead)',
  ],
  ['API_POLL_FREQENCY', 'API_POLL_FREQENCY (did you mean API_POLL_FREQUENCY?)'],
  ['ENVIRONMENT_KEYPAIRS', 'ENVIRONMENT_KEYPAIRS (did you mean ENVIRONMENT_KEY_PAIRS?)'],
  ['HALYARD_FLAGSMITH_EVALUTION', 'HALYARD_FLAGSMITH_EVALUTION (did you mean HALYARD_FLAGSMITH_EVALUATION?)'],
  ['halyard_flagsmith_state', 'halyard_flagsmith_state (did you mean HALYARD_FLAGSMITH_STATE?)'],
  [
    'HALYARD_FLAGSMITH_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ',
    'HALYARD_FLAGSMITH_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ (there is no such option)',
  ],
])('%s is named, and its value is not', (name, told) => {
  expect(unknownVariables({ [name]: 'secret' })).toBe(`variables that nothing reads: ${told}`);
  expect(unknownVariables({ [name]: '' })).toBeNull();
});

it('says nothing of what is read, and of other programs’ variables', () => {
  const read = [
    'API_URL',
    'api_poll_frequency',
    'SERVER',
    'LOGGING',
    'CONFIG_PATH',
    'WEB_CONCURRENCY',
    'Allow_Origins',
  ];
  const others = [
    'PATH',
    'HOME',
    'SERVER_NAME',
    'SERVER_SOFTWARE',
    'ENVIRONMENT',
    'APP_URL',
    'LOGGING_DRIVER',
    'CONFIG_DIR',
  ];
  const own = halyardFlagsmithOptions.map(({ variable }) => variable);
  expect(unknownVariables(Object.fromEntries([...read, ...others, ...own].map((name) => [name, 'x'])))).toBeNull();
  expect(unknownVariables({ SERVER_PORT: 'tcp://10.0.0.1:80' })).toBeNull();
});

it('is bounded', () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`HALYARD_FLAGSMITH_${i}`, 'x']));
  expect(unknownVariables(many)).toMatch(/, and 80 more$/);
});
