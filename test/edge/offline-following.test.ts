/** Offline mode follows its file, on both runtimes: while the system tells of changes, and where it cannot. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ableOrSkip, allowsNamespaces } from '../support/abilities.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards, programCommand } from '../support/subjects.ts';
import { eventually, sleep } from '../support/wait.ts';

/** A process that the system gives no watches, as when others have used up the limit. */
const withoutWatches = (command: readonly string[]) => [
  'unshare',
  '-Ur',
  'sh',
  '-c',
  'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"',
  'sh',
  ...command,
];
const [probe = '', ...probeArgs] = withoutWatches(['true']);
const canForbid = ableOrSkip(
  spawnSync(probe, probeArgs).status === 0,
  'watches of files cannot be forbidden to a program',
  'following a file that cannot be watched',
  allowsNamespaces,
);

const token = '*:development.frontend';
const file = (...names: string[]) => JSON.stringify(Object.fromEntries(names.map((name) => [name, { enabled: true }])));

let server: Server | undefined;
let folder = '';
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

describe.each(halyards())('%s', (subject) => {
  async function start(reloadInterval: string, wrap: (command: readonly string[]) => readonly string[] = (c) => c) {
    folder = await mkdtemp(join(tmpdir(), 'halyard-offline-'));
    const path = join(folder, 'flags.json');
    await writeFile(path, file('one'));
    const args = ['offline', '-b', path, '-c', '*:development.client', '-f', token, '-r', reloadInterval];
    const command = programCommand(subject, args);
    const [program = '', ...rest] = wrap([command.file, ...command.args]);
    server = await startServer(subject, { command: { ...command, file: program, args: rest }, waitFor: 'nothing' });
    await eventually('it listens', () => server?.stdout().includes('is listening'));
    return path;
  }
  const names = async () => {
    const { text } = (await server?.get('/api/frontend', { authorization: token })) ?? { text: '{"toggles":[]}' };
    return (JSON.parse(text) as { toggles: { name: string }[] }).toggles.map(({ name }) => name).join();
  };
  const replace = async (path: string, text: string) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };

  it('takes over what is new, keeps what is good, says what is bad', async () => {
    const path = await start('3600');
    expect(await names()).toBe('one');
    await replace(path, file('one', 'two'));
    await eventually('the change', async () => (await names()) === 'one,two');
    await replace(path, '{"half":');
    await eventually('the report', () => server?.stdout().includes('[HALYARD-3010]'));
    expect(await names()).toBe('one,two');
    await writeFile(path, file('three'));
    await eventually('the repair', async () => (await names()) === 'three');
    await eventually('the report of it', () => server?.stdout().includes('[HALYARD-3012]'));
    const told: readonly string[] = server?.stdout().match(/HALYARD-30\d\d/g) ?? [];
    // A file that is written in place may be seen in the middle of that: another problem.
    expect([...new Set(told)]).toEqual(['HALYARD-3010', 'HALYARD-3012']);
    expect(told.lastIndexOf('HALYARD-3010')).toBeLessThan(told.indexOf('HALYARD-3012'));
  });

  it('reads the file once with an interval of 0, as the original', async () => {
    const path = await start('0');
    await replace(path, file('two'));
    await sleep(1_500);
    expect(await names()).toBe('one');
  });

  it.runIf(canForbid)('looks every second where the file cannot be watched, and says so once', async () => {
    const path = await start('5', withoutWatches);
    for (const name of ['two', 'three']) {
      await replace(path, file(name));
      await eventually('the change', async () => (await names()) === name);
    }
    expect(server?.stdout().match(/cannot be watched.*\[HALYARD-3011\]/g)).toHaveLength(1);
  });
});
