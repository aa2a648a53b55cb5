/** Flagsmith's streams, too, end when their clients vanish without a word, and the log says so. */
import { spawn } from 'node:child_process';
import { describe, it } from 'vitest';
import { createNetworks, networksOrSkip, startListening } from '../support/networks.ts';
import { freePort } from '../support/ports.ts';
import { startServer } from '../support/server.ts';
import { programCommand } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { e2eDocument } from './api.ts';
import { keyPairs, runtimes } from './support/halyard.ts';

/** Answers every request with a text. */
const upstreamScript = `
  import { createServer } from 'node:http';
  createServer((_, response) => response.end(process.argv[1])).listen(8000, '127.0.0.1');`;

const vanishing = 'a client of Flagsmith that vanishes';
describe.runIf(networksOrSkip(vanishing)).concurrent(vanishing, () => {
  it.concurrent.for(runtimes())('%s', { timeout: 300_000 }, async (subject, { expect, onTestFinished }) => {
    const networks = await createNetworks();
    onTestFinished(() => networks.remove());
    const node = [process.execPath, '--input-type=module', '-e'];
    const [program = '', ...args] = networks.inNear([...node, upstreamScript, e2eDocument()]);
    const upstream = spawn(program, args, { stdio: 'ignore' });
    onTestFinished(() => void upstream.kill('SIGKILL'));
    const port = await freePort();
    const command = programCommand(subject, ['flagsmith']);
    const [file = '', ...rest] = networks.inNear([command.file, ...command.args]);
    const server = await startServer(subject, {
      port,
      command: { file, args: rest, env: command.env },
      env: {
        SERVER: JSON.stringify({ host: '0.0.0.0', port }),
        API_URL: 'http://127.0.0.1:8000/api/v1',
        API_POLL_FREQUENCY_SECONDS: '1',
        HALYARD_FLAGSMITH_REALTIME: 'true',
        HALYARD_FLAGSMITH_REALTIME_URL: 'http://127.0.0.1:8000',
        ...keyPairs(['ser.one', 'client1']),
      },
      waitFor: 'nothing',
    });
    onTestFinished(async () => void (await server.stop()));
    const log = () => server.stdout() + server.stderr();
    await eventually('it listens', () => log().includes('running on'));
    const url = `http://${networks.near}:${port}/sse/environments/client1/stream`;
    const listening = startListening(networks.inFar, url, '');
    onTestFinished(listening.stop);
    await eventually('the first event', () => listening.said().includes('environment_updated'));
    networks.cut();
    await eventually('the end of the stream', () => log().includes('streams_lost'), 150_000);
    expect(log()).toMatch(/streams_lost .*vanished=1 stalled=0 code=HALYARD-7017/);
    expect(await networks.ask(`http://127.0.0.1:${port}/proxy/metrics`)).toContain(
      'halyard_streams_lost_total{reason="vanished"} 1',
    );
    expect(networks.connectionsToFar()).toEqual([]);
  });
});
