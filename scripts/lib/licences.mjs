// Licence texts of all packages that end up inside the binary, and of the runtime that it is made of.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One text with a chapter for each installed package that Halyard depends on at run time, and for Swagger UI.
 *
 * @param swaggerUi folder of its files
 */
export function thirdPartyLicences(root, swaggerUi) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const shipped = Object.entries(packages).filter(
    ([path, entry]) => path !== '' && !entry.dev && existsSync(join(root, path)),
  );
  const chapters = shipped.map(([path, { version, license }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return `${'='.repeat(80)}\n${name} ${version} (${license})\n\n${texts(join(root, path)) || elsewhere(join(root, path))}`;
  });
  return `${chapters.join('\n')}\n${'='.repeat(80)}\nSwagger UI\n\n${texts(swaggerUi)}\n`;
}

function texts(folder) {
  const files = readdirSync(folder).filter((file) => /licen[cs]e|notice|copying/i.test(file));
  return files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
}

/** A few packages name their licence and leave out its text. */
function elsewhere(folder) {
  const { homepage, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `The package has no licence text. See ${homepage ?? repository?.url ?? repository ?? 'its page on npm'}`;
}
