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
    await eventually('Edge to listen', () => server.stdout().includes('is listening') || !server.alive());
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
  });

  it('OF-22 OF-25 OF-54 a request that comes again gets the same, nobody else gets it, and each one counts', async () => {
    await withOffline(subject, async (server, write) => {
      const flags = Array.from({ length: 30 }, (_, i) => flag(`flag-${i}`));
      await write(flag('a'), ...flags);
      let asked = 0;
      let evaluated = 0;
      const ask = async (headers: Record<string, string> = auth, body: string = '{"context":{"targetingKey":"u"}}') => {
        const reply = await server.request({
          method: 'POST',
          path,
          headers: { host: 'flags.example', ...headers },
          body,
        });
        asked++;
        if (reply.status === 200) evaluated += JSON.parse(reply.text).flags.length;
        if (reply.status === 304) evaluated += 31;
        return reply;
      };
      await eventually('the flags', async () => JSON.parse((await ask()).text).flags.length === 31);
      const again = async (...options: Parameters<typeof ask>) => {
        const [first, ...others] = [await ask(...options), await ask(...options)];
        for (let i = 0; i < 6; i++) others.push(await ask(...options));
        const told = ({ status, headers, body }: typeof first) => {
          const { date: _, ...rest } = headers;
          return { status, headers: rest, body: body.toString('base64') };
        };
        for (const other of others) expect(told(other)).toEqual(told(first));
        return others.at(-1) as typeof first;
      };
      const whole = await again();
      expect(whole.status).toBe(200);
      const { etag = '' } = whole.headers;
      const packed = await again({ ...auth, 'accept-encoding': 'gzip' });
      expect(packed.headers['content-encoding']).toBe('gzip');
      expect(packed.text).toBe(whole.text);
      expect(packed.wireLength).toBeLessThan(whole.wireLength);
      const brotli = await again({ ...auth, 'accept-encoding': 'br' });
      expect([brotli.headers['content-encoding'], brotli.text]).toEqual(['br', whole.text]);
      const unchanged = await again({ ...auth, 'if-none-match': etag });
      expect([unchanged.status, unchanged.text, unchanged.headers.etag]).toEqual([304, '', etag]);
      expect((await again({ ...auth, 'if-none-match': '"other"' })).status).toBe(200);
      const backend = await again({ 'x-api-key': client });
      expect(backend.headers.etag).not.toBe(etag);
      expect((await again({ authorization: '*:development.nobody-secret-01' })).status).toBe(401);
      expect((await again({ ...auth, host: 'other.example' })).text).toContain('http://other.example/ofrep/v1/events');
      expect(whole.text).toContain('http://flags.example/ofrep/v1/events');
      expect((await again(auth, '{"context":')).status).toBe(400);
      await write(flag('a', 'default', { enabled: false }), ...flags);
      let after = await ask();
      await eventually('the change', async () => {
        after = await ask();
        return after.headers.etag !== etag;
      });
      expect(JSON.parse(after.text).flags[0]).toMatchObject({ key: 'a', value: false });
      expect((await again({ ...auth, 'if-none-match': etag })).text).toBe(after.text);
      const figures = (await server.get('/internal-backstage/metrics')).text;
      const counted = (pattern: RegExp) =>
        [...figures.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
      expect(counted(/^halyard_requests_total\{.*endpoint="ofrep-bulk".*\} (\d+)/gm)).toBe(asked);
      expect(counted(/^halyard_evaluations_total\{.*api="ofrep",kind="bulk".*\} (\d+)/gm)).toBe(evaluated);
    });
  });

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
      await eventually('the event', () => open.text().includes('refetchEvaluation'));
      expect(open.text()).toMatch(/id: \w+\nevent: message\ndata: \{"type":"refetchEvaluation"/);
      const late = listen(url);
      await eventually('what was missed', () => late.text().includes('refetchEvaluation'));
      late.leave();
      expect(JSON.parse((await server.postJson(path, {}, auth)).text).flags).toMatchObject([
        { key: 'a', value: false },
      ]);
    });
    await eventually('the end of the stream', () => stream?.isOver() ?? false);
  });
});
