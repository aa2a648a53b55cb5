/**
 * Runs one or more proxies from options given in code, in one process: what environment variables cannot express.
 * Started by server.ts with Node or Bun; plain JavaScript because both must be able to run it as it is.
 *
 *   TEST_SUBJECT         real | halyard-bun | halyard-node
 *   TEST_APPS            JSON list of { options, port, host }
 *   TEST_OPTIONS_MODULE  path of a CommonJS module whose exports are added to every app's options (functions)
 *   TEST_REAL_PACKAGE    folder of the real package, for subject real
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { TEST_SUBJECT, TEST_APPS = '[]', TEST_OPTIONS_MODULE, TEST_REAL_PACKAGE = '' } = process.env;
const apps = JSON.parse(TEST_APPS);
const code = TEST_OPTIONS_MODULE ? require(TEST_OPTIONS_MODULE) : {};

if (TEST_SUBJECT === 'real') {
  const { createApp } = require(TEST_REAL_PACKAGE);
  for (const { options, port, host } of apps) createApp({ ...options, ...code }).listen(port, host);
} else {
  const { serve } =
    TEST_SUBJECT === 'halyard-bun' ? await import('../../src/index.ts') : require('../../dist/index.js');
  const running = [];
  for (const { options, port, host } of apps) running.push(await serve({ ...options, ...code, port, host }));
  process.on('SIGTERM', async () => {
    await Promise.all(running.map((app) => app.close()));
    process.exit(0);
  });
}
