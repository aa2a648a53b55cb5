/** A client whose machine vanishes says no goodbye. The stream ends all the same, on both runtimes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { createNetworks, type InNetwork, networksOrSkip, startListening } from '../support/networks.ts';
import { startServer } from '../support/server.ts';
import { halyards, programCommand } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

const names = (...all: string[]) => JSON.stringify(Object.fromEntries(all.map((name) => [name, { enabled: true }])));

describe.runIf(networksOrSkip('a client that vanishes')).concurrent('a client that vanishes', () => {
  it.concurrent.for(halyards())(
    '%s: its stream ends, is counted and told; others stay',
    { timeout: 300_000 },
    async (subject, { expect, onTestFinished }) => {
      const folder = await mkdtemp(join(tmpdir(), 'halyard-vanish-'));
      const networks = await createNetworks();
      onTestFinished(async () => {
        networks.remove();
        await rm(folder, { recursive: true });
      });
      const file = join(folder, 'flags.json');
      await writeFile(file, names('one'));
      const token = '*:development.client';
      const command = programCommand(subject, ['offline', '-b', file, '-c', token, '-r', '1']);
      const [program = '', ...args] = networks.inNear([command.file, ...command.args]);
      const server = await startServer(subject, {
        command: { file: program, args, env: { ...command.env, HALYARD_SERVE_STREAMING: 'true' } },
        waitFor: 'nothing',
      });
      onTestFinished(async () => void (await server.stop()));
      await eventually('it listens', () => server.stdout().includes('is listening'));
      const figure = async (name: string) =>
        Number(
          (await networks.ask(`http://127.0.0.1:${server.port}/internal-backstage/metrics`))
            .split('\n')
            .find((line) => line.startsWith(name))
            ?.split(' ')
            .at(-1),
        );
      const listen = (inNetwork: InNetwork, host: string) => {
        const one = startListening(inNetwork, `http://${host}:${server.port}/api/client/streaming`, token);
        onTestFinished(one.stop);
        return one.said;
      };
      const vanishes = listen(networks.inFar, networks.near);
      const stays = listen(networks.inNear, '127.0.0.1');
      await eventually('the first event', () =>
        [vanishes, stays].every((said) => said().includes('unleash-connected')),
      );
      expect(await figure('halyard_streams ')).toBe(2);
      networks.cut();
      await writeFile(file, names('one', 'two'));
      await eventually('the end of the stream', async () => (await figure('halyard_streams ')) === 1, 150_000, 2_000);
      await eventually('its count', async () => (await figure('halyard_streams_lost_total{reason="vanished"}')) > 0);
      expect(await figure('halyard_streams_lost_total{reason="vanished"}')).toBe(1);
      expect(await figure('halyard_streams_lost_total{reason="stalled"}')).toBe(0);
      const line = 'Streams were ended: 1 whose clients have vanished [HALYARD-4005]';
      await eventually('the line', () => server.stdout().includes(line));
      expect(vanishes()).not.toContain('two');
      expect(networks.connectionsToFar()).toEqual([]);
      await writeFile(file, names('one', 'two', 'three'));
      await eventually('a change where somebody listens', () => stays().includes('"three"'));
    },
  );
});
