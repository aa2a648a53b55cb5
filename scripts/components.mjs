// `npm run components`: installs the real programs that tests compare with, all of them or the named ones.
// npm packages go to .cache/components; Chromium comes from Debian and needs the rights for apt-get.
import { installComponents } from './lib/components.mjs';
import { testComponents } from './lib/test-components.mjs';

const wanted = process.argv.length > 2 ? process.argv.slice(2) : testComponents;
let failed = false;
for (const name of wanted) {
  try {
    installComponents([name]);
    console.log(`${name}: installed`);
  } catch (error) {
    failed = true;
    console.error(`${name}: ${error.message}`);
  }
}
process.exitCode = failed ? 1 : 0;
