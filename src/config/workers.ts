import { availableCores } from './available-cores.ts';
import { SettingError } from './setting-error.ts';

/** More than this is a mistake rather than a machine. */
const mostWorkers = 256;

/**
 * Reads a number of workers: `auto` means one per core, nothing one.
 *
 * @throws SettingError with advice when it is neither
 */
export function readWorkers(text: string | undefined, variable = 'WORKERS'): number {
  if (text === undefined || text === '' || text === '0') return 1;
  if (text === 'auto') return availableCores();
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= 1 && number <= mostWorkers)) {
    throw new SettingError(
      `${variable} is "${text}": give a number from 1 to ${mostWorkers}, or auto for one per core`,
    );
  }
  return number;
}
