import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Set while the single binary is built; nowhere else does the name exist. */
declare const HALYARD_BINARY: true;

/** True inside the single binary, whose files can be read and not changed. */
export const isBinary = typeof HALYARD_BINARY !== 'undefined';

/**
 * Where a file is that ships with Halyard beside its code. The single binary holds the same paths inside itself.
 *
 * @param path from the root of the package, such as `demo/flags.json`
 */
export function shippedFile(path: string): string {
  return join(isBinary ? dirname(Bun.main) : join(__dirname, '..', '..'), path);
}

/** One file of Swagger UI, which the build puts beside the code. */
export function readSwaggerUi(name: string): Promise<Uint8Array> {
  return readFile(shippedFile(`dist/swagger-ui/${name}`));
}

/** One file of the status page. */
export function readPageFile(name: string): Promise<string> {
  return readFile(shippedFile(`page/${name}`), 'utf8');
}
