// `npm run docs`: writes docs/configuration.md from the table of options. A test fails when the page is out of date.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildIfStale } from './lib/build-if-stale.mjs';
import { configurationPage } from './lib/configuration-page.mjs';
import { root, setUp } from './lib/set-up.mjs';

setUp();
buildIfStale();
const { proxyOptions } = createRequire(import.meta.url)('../dist/config/proxy-options.js');
writeFileSync(join(root, 'docs', 'configuration.md'), configurationPage(proxyOptions));
