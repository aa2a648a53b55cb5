// Copies the files of Swagger UI that Halyard serves into dist/. Users do not get the package they come from: it
// brings a package that reports installations to a third party.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What `src/http/swagger-ui.ts` serves; a test compares the two. */
export const servedFiles = [
  'swagger-ui.css',
  'index.css',
  'swagger-ui-bundle.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
];
const licences = ['LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt'];

/** Fills `swagger-ui/` in a folder of compiled files. */
export function copySwaggerUi(dist) {
  const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const to = join(dist, 'swagger-ui');
  mkdirSync(to, { recursive: true });
  for (const name of [...servedFiles, ...licences]) copyFileSync(join(from, name), join(to, name));
}
