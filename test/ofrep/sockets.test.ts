/** OFREP over sockets, on both runtimes: what the hosts have a part in. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

const frontend = '*:development.frontend-secret-01';
const client = '*:development.client-secret-01';
const path = '/ofrep/v1/evaluate/flags';
const auth = { authorization: `Bearer ${frontend}` };

async function withOffline(
  subject: Subject,
  use: (server: Server, write: (...flags: object[]) => Promise<void>) => Promise<void>,
) {
  const folder = await mkdtemp(join(tmpdir(), 'ofrep-'));
  const file = join(folder, 'flags.json');
  const write = (...features: object[]) => writeFile(file, JSON.stringify({ version: 2, features }));
  await write(flag('a'), flag('b c/d'));
  const args = [
    'offline',
    '--bootstrap-file',
    file,
    '--frontend-tokens',
    frontend,
    '--client-tokens',
    client,
    '--reload-interval',
    '1',
  ];
  const server = await startServer(subject, { args, waitFor: 'nothing' });
  try {
    await eventually('Edge to listen', () => server.stdout().includes('is listening') || !server.alive(), 30_000);
    await use(server, write);
  } finally {
    const { code } = await server.stop();
    await rm(folder, { recursive: true, force: true });
    expect(server.stdout() + server.stderr()).not.toContain('secret-01');
    expect(code).toBe(0);
  }
}

/** Reads an event stream until it ends. */
function listen(url: string) {
  let text = '';
  let isOver = false;
  const asked = request(url, { headers: { accept: 'text/event-stream' } }, (response) => {
    response.on('data', (chunk) => {
      text += chunk;
    });
    response.on('close', () => {
      isOver = true;
    });
  });
  asked.on('error', () => {
    isOver = true;
  });
  asked.end();
  return { text: () => text, isOver: () => isOver, leave: () => asked.destroy() };
}

describe.each(halyards())('%s', (subject) => {
  it('OF-2 OF-4 OF-24 evaluates, keeps encoded keys apart, and answers conditions', async () => {
    await withOffline(subject, async (server) => {
      const whole = await server.postJson(path, { context: { targetingKey: 'u' } }, auth);
      expect(whole.status).toBe(200);
      expect(JSON.parse(whole.text).flags).toMatchObject([
        { key: 'a', value: true },
        { key: 'b c/d', value: true },
      ]);
      const unchanged = await server.postJson(
        path,
        { context: { targetingKey: 'u' } },
        { ...auth, 'if-none-match': whole.headers.etag ?? '' },
      );
      expect([unchanged.status, unchanged.text]).toEqual([304, '']);
      for (const key of ['b%20c%2Fd', 'b%20c/d']) {
        const single = await server.postJson(`${path}/${key}`, {}, auth);
        expect(JSON.parse(single.text)).toMatchObject({ key: 'b c/d', value: true });
      }
      const form = await server.request({
        method: 'POST',
        path,
        headers: { ...auth, 'content-type': 'application/x-www-form-urlencoded' },
        body: '{}',
      });
      expect(form.status).toBe(200);
      const bare = await server.request({ method: 'POST', path, headers: auth });
      expect(bare.status).toBe(200);
      const large = await server.postJson(path, { context: { x: 'y'.repeat(1_100_000) } }, auth);
      expect([large.status, JSON.parse(large.text).errorCode]).toEqual([413, 'GENERAL']);
    });
  }, 60_000);

  it('OF-31 OF-32 OF-35 a stream tells of a change, catches up, and ends with the server', async () => {
    let stream: ReturnType<typeof listen> | undefined;
    await withOffline(subject, async (server, write) => {
      const { eventStreams } = JSON.parse((await server.postJson(path, {}, auth)).text);
      const { url } = eventStreams[0] as { url: string };
      const open = listen(url);
      stream = open;
      await eventually('the stream', () => open.text().includes('retry: '));
      expect(open.text()).not.toContain('refetchEvaluation');
      await write(flag('a', 'default', { enabled: false }));
      await eventually('the event', () => open.text().includes('refetchEvaluation'), 15_000);
      expect(open.text()).toMatch(/id: \w+\nevent: message\ndata: \{"type":"refetchEvaluation"/);
      const late = listen(url);
      await eventually('what was missed', () => late.text().includes('refetchEvaluation'));
      late.leave();
      expect(JSON.parse((await server.postJson(path, {}, auth)).text).flags).toMatchObject([
        { key: 'a', value: false },
      ]);
    });
    await eventually('the end of the stream', () => stream?.isOver() ?? false);
  }, 60_000);
});
