// `npm run docs`: writes docs/configuration*.md from the tables of options, docs/ofrep-conformance.md, docs/events.md and
// docs/metrics.md. A test fails when a page is out of date.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildIfStale } from './lib/build-if-stale.mjs';
import { configurationPage } from './lib/configuration-page.mjs';
import { edgeConfigurationPage } from './lib/edge-configuration-page.mjs';
import { eventsPage } from './lib/events-page.mjs';
import { metricsPage } from './lib/metrics-page.mjs';
import { conformancePage, readRequirements, testsByRequirement } from './lib/ofrep-conformance.mjs';
import { root, setUp } from './lib/set-up.mjs';

setUp();
buildIfStale();
const require = createRequire(import.meta.url);
const { proxyOptions } = require('../dist/config/proxy-options.js');
const edge = require('../dist/config/edge-options.js');
const { catalogue } = require('../dist/flags/events/catalogue.js');
const { halyardFamilies } = require('../dist/operations/metrics/catalogue.js');
const { bounds } = require('../dist/operations/metrics/bounds.js');
const { adoptedFamilies } = require('../dist/operations/metrics/adopted.js');
writeFileSync(join(root, 'docs', 'metrics.md'), metricsPage(halyardFamilies, adoptedFamilies, bounds));
writeFileSync(join(root, 'docs', 'configuration.md'), configurationPage(proxyOptions));
const conformance = join(root, 'test', 'ofrep');
writeFileSync(
  join(root, 'docs', 'ofrep-conformance.md'),
  conformancePage(readRequirements(join(conformance, 'requirements.ts')), testsByRequirement(conformance)),
);
writeFileSync(join(root, 'docs', 'configuration-edge.md'), edgeConfigurationPage(edge));
writeFileSync(join(root, 'docs', 'events.md'), eventsPage(catalogue));
