import { expect, test } from 'vitest';
import { createProxyConfig } from './proxy-config.ts';
import { shownConfig } from './shown-config.ts';

test('no secret of a configuration is shown', () => {
  const config = createProxyConfig(
    {
      unleashUrl: 'http://user:SECRET@u/api',
      unleashApiToken: 'SECRET',
      unleashInstanceId: 'SECRET',
      clientKeys: ['SECRET', 'SECRET-2'],
      expServerSideSdkConfig: { tokens: ['SECRET'] },
      expBootstrap: { url: 'http://user:SECRET@b/', urlHeaders: { Authorization: 'SECRET' } },
      storageProvider: { get: async () => 'SECRET', set: async () => 'SECRET' },
      unleashAppName: 'my-app',
    },
    {},
  );
  const text = JSON.stringify(shownConfig(config));
  expect(text).not.toContain('SECRET');
  expect(text).toContain('my-app');
  expect(text).toContain('http://***@u/api');
});
