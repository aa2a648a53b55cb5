/** What an operator who got something wrong at the start is shown: what is wrong, and no places in Halyard's source. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../support/server.ts';
import { halyards } from '../../support/subjects.ts';

const settings = {
  UNLEASH_URL: 'http://127.0.0.1:9/api',
  UNLEASH_API_TOKEN: 'secret-api-token',
  UNLEASH_PROXY_CLIENT_KEYS: 'secret-key',
};
const taken = createServer();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halyard-mistakes-'));
  await writeFile(join(folder, 'broken.cjs'), 'module.exports = [\n  5 +\n');
  await writeFile(join(folder, 'throws.cjs'), 'function ownCode() {\n  throw new Error("own fault");\n}\nownCode();\n');
  await new Promise<void>((resolve) => taken.listen(0, resolve));
});

afterAll(async () => {
  taken.close();
  await rm(folder, { recursive: true, force: true });
});

const takenPort = () => String((taken.address() as AddressInfo).port);
// The machine may have nobody to ask for names.
const unknownHost = /^Error: (listen|getaddrinfo) (ENOTFOUND|EAI_AGAIN)\b.* halyard\.invalid/;
const otherAddress = /^Error: listen EADDRNOTAVAIL: address not available 192\.0\.2\.7/;
const frames = /^ +at .+:\d+/m;

describe.each(halyards())('mistakes at the start: %s', (subject) => {
  async function ended(env: Readonly<Record<string, string>>): Promise<string> {
    const server = await startServer(subject, { env: { ...settings, ...env }, args: ['proxy'], waitFor: 'nothing' });
    try {
      expect((await server.exit).code).toBe(1);
      expect(server.stdout() + server.stderr()).not.toMatch(/secret-/);
      return server.stderr();
    } finally {
      await server.stop();
    }
  }

  it.each([
    ['a setting is missing', () => ({ UNLEASH_URL: '' }), /^TypeError: You must specify the unleashUrl option/],
    ['a number is none', () => ({ WORKERS: 'many' }), /^Error: WORKERS is "many": give a number/],
    ['a port is taken', () => ({ PORT: takenPort() }), /^Error: listen EADDRINUSE: address already in use/],
    ['a port is taken, workers', () => ({ PORT: takenPort(), WORKERS: '2' }), /^Error: listen EADDRINUSE: address/],
    ['a host is unknown', () => ({ HALYARD_HOST: 'halyard.invalid' }), unknownHost],
    ['a host is unknown, workers', () => ({ HALYARD_HOST: 'halyard.invalid', WORKERS: '2' }), unknownHost],
    ['an address is not of this machine', () => ({ HALYARD_HOST: '192.0.2.7' }), otherAddress],
    ['an address is not of this machine, workers', () => ({ HALYARD_HOST: '192.0.2.7', WORKERS: '2' }), otherAddress],
    ['a port is none', () => ({ PORT: '99999999' }), /^Error: .*99999999/],
    [
      'a socket is nowhere',
      () => ({ PORT: join(folder, 'none', 'halyard.sock') }),
      /^Error: listen E[A-Z]+: .*halyard\.sock/,
    ],
    [
      'a file is not there',
      () => ({ UNLEASH_CUSTOM_STRATEGIES_FILE: join(folder, 'none.js') }),
      /^Error: Cannot find module '.*none\.js'/,
    ],
    [
      'a file cannot be read as what it should be',
      () => ({ UNLEASH_CUSTOM_STRATEGIES_FILE: join(folder, 'broken.cjs') }),
      /broken\.cjs/,
    ],
  ])('%s', async (_, env, message) => {
    const told = await ended(env());
    expect(told).toMatch(message);
    expect(told).not.toMatch(frames);
    expect(told.trim().split('\n').length).toBeLessThanOrEqual(3);
  });

  it('what the code of an extension throws is shown with its places: they are the operator’s own', async () => {
    const told = await ended({ UNLEASH_CUSTOM_STRATEGIES_FILE: join(folder, 'throws.cjs') });
    expect(told).toContain('own fault');
    expect(told).toMatch(/ownCode.*throws\.cjs:2/);
  });
});
