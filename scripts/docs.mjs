// `npm run docs`: writes docs/configuration*.md from the tables of options. A test fails when a page is out of date.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildIfStale } from './lib/build-if-stale.mjs';
import { configurationPage } from './lib/configuration-page.mjs';
import { edgeConfigurationPage } from './lib/edge-configuration-page.mjs';
import { root, setUp } from './lib/set-up.mjs';

setUp();
buildIfStale();
const require = createRequire(import.meta.url);
const { proxyOptions } = require('../dist/config/proxy-options.js');
const edge = require('../dist/config/edge-options.js');
writeFileSync(join(root, 'docs', 'configuration.md'), configurationPage(proxyOptions));
writeFileSync(join(root, 'docs', 'configuration-edge.md'), edgeConfigurationPage(edge));
