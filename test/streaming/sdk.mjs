/**
 * The published SDK in a program of its own: what it leaves unanswered when its server goes away is not the test's.
 * `sdk.mjs <folder> <url> <mode as JSON>`; over the channel to its parent, a name of a flag is answered by whether it is on.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, url, mode] = process.argv.slice(2);
const { Unleash } = createRequire(join(folder, 'x.cjs'))('unleash-client');
process.on('unhandledRejection', (problem) => console.error('the SDK left this unhandled:', problem));
const sdk = new Unleash({
  appName: 'chain',
  url: `${url}/api/`,
  refreshInterval: 200,
  metricsInterval: 60_000,
  customHeaders: { Authorization: '*:e.sdk' },
  experimentalMode: JSON.parse(mode),
  storageProvider: { get: async () => undefined, set: async () => undefined },
});
sdk.on('error', () => undefined);
sdk.on('warn', () => undefined);
process.on('message', (name) => process.send({ name, on: sdk.isEnabled(name) }));
process.on('disconnect', () => process.exit());
