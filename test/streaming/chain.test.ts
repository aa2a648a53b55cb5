/** Halyard behind Halyard over real sockets, on both runtimes, with the published SDK behind both. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { componentDir, componentOrSkip } from '../support/components.ts';
import { type HostName, startOnHost } from '../support/http-hosts.ts';
import { freePort } from '../support/ports.ts';
import { eventually, sleep } from '../support/wait.ts';
import { startHubServer } from './hub-server.ts';

const sdkScript = fileURLToPath(new URL('./sdk.mjs', import.meta.url));
const withSdk = componentOrSkip('unleash-clients', 'streaming and delta with the published SDK');

interface Started {
  readonly url: string;
  stop(): Promise<void>;
}
type Start = (port: number, upstream?: string) => Promise<Started>;

const script = new URL('./hub-server.ts', import.meta.url);
const on =
  (host: HostName): Start =>
  async (port, upstream) => {
    const args = [String(port), ...(upstream === undefined ? [] : [upstream])];
    const { stop } = await startOnHost(host, script, startHubServer, ...args);
    return { url: `http://127.0.0.1:${port}`, stop };
  };

/** Whether a flag is on for an SDK. */
type Sdk = (name: string) => Promise<boolean>;

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const run of cleanUp.splice(0).reverse()) await run();
});
const kept = (server: Started): Started => {
  cleanUp.push(() => server.stop());
  return server;
};
const startSdk = (url: string, mode: object): Sdk => {
  const child = fork(sdkScript, [componentDir('unleash-clients') as string, url, JSON.stringify(mode)]);
  cleanUp.push(() => void child.kill('SIGKILL'));
  return (name) =>
    new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the SDK ended'));
      const heard = (message: unknown) => {
        const answer = message as { readonly name: string; readonly on: boolean };
        if (answer.name !== name) return;
        child.off('message', heard).off('exit', gone);
        resolve(answer.on);
      };
      child.on('message', heard).once('exit', gone);
      child.send(name, (problem) => problem && reject(problem));
    });
};
const set = (url: string, name: string, on: boolean) => fetch(`${url}/set?name=${name}&on=${on}`).then((r) => r.text());
const hydrated = async (url: string, text: string) =>
  (await fetch(`${url}/api/client/delta`).then((r) => r.text())).includes(text);

describe.each<[HostName, HostName]>([
  ["Bun's sockets", "Node's sockets"],
  ["Node's sockets", "Bun's sockets"],
  ["Bun's server", "Node's server"],
  ["Node's server", "Bun's server"],
])('%s behind %s', (behind, front) => {
  const [startFirst, startSecond] = [on(front), on(behind)];

  it('passes changes on, and catches up after the first was away', async () => {
    const port = await freePort();
    const first = kept(await startFirst(port));
    await set(first.url, 'a', false);
    const second = kept(await startSecond(await freePort(), first.url));
    await eventually('everything', () => hydrated(second.url, '"name":"a"'));
    await set(first.url, 'a', true);
    await eventually('the change', () => hydrated(second.url, '"enabled":true'));
    await first.stop();
    expect(await hydrated(second.url, '"enabled":true')).toBe(true);
    // Ids grow with the time, so a server may not come back at the very moment that it left.
    await sleep(1_000);
    const again = kept(await startFirst(port));
    await set(again.url, 'a', false);
    await set(again.url, 'b', true);
    await eventually('what was missed', () => hydrated(second.url, '"name":"b"'));
    expect(await hydrated(second.url, '"name":"a","enabled":false')).toBe(true);
  });

  it.runIf(withSdk)('serves the published SDK, streaming and through delta', async () => {
    const first = kept(await startFirst(await freePort()));
    await set(first.url, 'a', true);
    const port = await freePort();
    const second = kept(await startSecond(port, first.url));
    const streaming = startSdk(second.url, { type: 'streaming' });
    const polling = startSdk(second.url, { type: 'polling', format: 'delta' });
    const both = async (name: string) => (await streaming(name)) && (await polling(name));
    await eventually('everything', () => both('a'));
    expect(await both('b')).toBe(false);
    await set(first.url, 'b', true);
    await eventually('the change', () => both('b'));
    await fetch(`${second.url}/revoke?token=*:e.sdk`);
    await eventually(
      'the end of the stream',
      async () => (await (await fetch(`${second.url}/streams`)).text()) === '0',
    );
    await set(first.url, 'c', true);
    await eventually('the change after coming back', () => both('c'));
    await second.stop();
    await set(first.url, 'd', true);
    expect(await both('c')).toBe(true);
    kept(await startSecond(port, first.url));
    await eventually('what was missed', () => both('d'));
  });
});
