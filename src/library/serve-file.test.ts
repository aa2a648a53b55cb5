import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../../test/support/wait.ts';
import { createProxyConfig } from '../config/proxy-config.ts';
import { serveFile } from './serve-file.ts';

const document = (...names: string[]) =>
  JSON.stringify({ features: names.map((name) => ({ name, enabled: true, strategies: [] })) });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halyard-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('serves a file, follows its changes, and keeps the last good state', async () => {
  const path = join(folder, 'flags.json');
  const told: string[] = [];
  await writeFile(path, document('one'));
  const options = { unleashUrl: 'http://upstream.invalid', unleashApiToken: 'none', clientKeys: ['k'] };
  const server = await serveFile({ ...createProxyConfig(options, {}), port: 0, host: '127.0.0.1' }, path, {
    onReload: (count) => told.push(`${count} flags`),
    onProblem: (error) => told.push((error as Error).name),
  });
  const names = async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/proxy`, { headers: { authorization: 'k' } });
    return ((await response.json()) as { toggles: { name: string }[] }).toggles.map(({ name }) => name);
  };
  // At once: a file that is written in place may be read in the middle of that.
  const replace = async (text: string) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  try {
    expect(await names()).toEqual(['one']);
    await replace(document('one', 'two'));
    await eventually('the change', async () => (await names()).length === 2);
    await replace('{"features": [');
    await eventually('the report', () => told.length === 2);
    expect(await names()).toEqual(['one', 'two']);
    await replace(document('three'));
    await eventually('the repair', async () => (await names()).includes('three'));
    await eventually('the report of it', () => told.length === 3);
    expect(told).toEqual(['2 flags', 'SyntaxError', '1 flags']);
  } finally {
    await server.close();
  }
});

it('does not start without a usable file', async () => {
  const options = { unleashUrl: 'http://upstream.invalid', unleashApiToken: 'none', clientKeys: ['k'] };
  const config = { ...createProxyConfig(options, {}), port: 0 };
  const events = { onReload: () => {}, onProblem: () => {} };
  await expect(serveFile(config, join(folder, 'none.json'), events)).rejects.toThrow('ENOENT');
  await writeFile(join(folder, 'flags.json'), '{}');
  await expect(serveFile(config, join(folder, 'flags.json'), events)).rejects.toThrow('features');
});
