/** Clients as they are in use, against our own HTTP on both runtimes' sockets: they get all of it, and stay on their connections. */
import { spawn, spawnSync } from 'node:child_process';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ableOrSkip } from '../support/abilities.ts';
import { ownHostNames, type StartedServer, startOnHost } from '../support/http-hosts.ts';
import { pieces, startClientsServer, text, uploadLimitBytes } from './clients-server.ts';
import { useFetch } from './use-fetch.ts';

const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));
const script = new URL('./clients-server.ts', import.meta.url);
const hasCurl = ableOrSkip(spawnSync('curl', ['--version']).status === 0, 'there is no curl', 'curl as a client', true);

/** Runs a program. @returns what it printed */
function run(program: string, args: readonly string[], input: string | Uint8Array = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('latin1').on('data', (piece: string) => {
      printed += piece;
    });
    child.stdin.on('error', () => undefined).end(input);
    child.once('error', reject);
    child.once('close', () => resolve(printed));
  });
}

describe.each(ownHostNames)('on %s', (name) => {
  let server: StartedServer;
  /** Between the clients and the server: counts connections. */
  let relay: Server;
  let base = '';
  let port = 0;
  let connections = 0;
  beforeAll(async () => {
    server = await startOnHost(name, script, startClientsServer);
    relay = createServer({ allowHalfOpen: true, noDelay: true }, (client: Socket) => {
      connections++;
      const upstream = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      client.pipe(upstream).pipe(client);
      client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
      upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    port = (relay.address() as AddressInfo).port;
    base = `http://127.0.0.1:${port}`;
  });
  beforeEach(() => {
    connections = 0;
  });
  afterAll(async () => {
    relay?.close();
    await server?.stop();
  });

  describe('fetch', () => {
    const expected = {
      get: '200 GET /a?b=c',
      ...Object.fromEntries(
        ['DELETE', 'OPTIONS', 'PUT', 'PATCH', 'POST'].map((method) => [method, `200 ${method} /a?`]),
      ),
      head: `200 ${text.length} <>`,
      gzip: 'gzip the text',
      br: 'br the text',
      deflate: 'deflate the text',
      identity: 'null the text',
      'not modified': '304 ',
      nothing: '204 ',
      late: '200 late',
      stream: '200 the pieces',
      'a small upload': '200 POST 10 7',
      'the largest upload': `200 POST ${uploadLimitBytes} 7`,
      'an upload that is too large': '413 too large',
      'an upload that nobody reads': '403 not read',
      'an upload in chunks': '200 POST 400000 7',
      'an upload in chunks that is too large': '413 too large',
      'many at once': '40',
      'a stream that is left': 'AbortError',
      afterwards: '200 GET /?',
    };

    it('of Node', async () => {
      expect(await useFetch(base)).toEqual(expected);
      // 40 at once, and a few where one was given up.
      expect(connections).toBeLessThanOrEqual(60);
    });

    it('of Bun', async () => {
      const printed = await run(bun, [fileURLToPath(new URL('./use-fetch.ts', import.meta.url)), base]);
      expect(JSON.parse(printed)).toEqual(expected);
      expect(connections).toBeLessThanOrEqual(60);
    });
  });

  describe('node:http with connections that stay', () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    afterAll(() => agent.destroy());

    const ask = (path: string, options: RequestOptions = {}, body: string | Uint8Array = '') =>
      new Promise<{ status: number; headers: IncomingMessage['headers']; body: string; wasToldToGoOn: boolean }>(
        (resolve, reject) => {
          let wasToldToGoOn = false;
          const asked = request({ port, host: '127.0.0.1', path, agent, ...options }, (message) => {
            let received = '';
            message.setEncoding('latin1').on('data', (piece: string) => {
              received += piece;
            });
            message.on('error', reject).on('end', () => {
              resolve({ status: message.statusCode ?? 0, headers: message.headers, body: received, wasToldToGoOn });
            });
          });
          asked.on('error', reject);
          if (options.headers !== undefined && 'Expect' in options.headers) {
            asked.on('continue', () => {
              wasToldToGoOn = true;
              asked.end(body);
            });
            asked.flushHeaders();
          } else asked.end(body);
        },
      );

    it('asks one after the other on one of them', async () => {
      const big = new Uint8Array(uploadLimitBytes + 1);
      for (let round = 0; round < 5; round++) {
        expect(await ask('/a?b')).toMatchObject({ status: 200, body: 'GET /a?b' });
        expect(await ask('/text')).toMatchObject({ status: 200, body: text, headers: { etag: '"1"' } });
        const { headers, body } = await ask('/text', { method: 'HEAD' });
        expect([headers['content-length'], headers.connection, body]).toEqual([String(text.length), undefined, '']);
        expect(await ask('/stream')).toMatchObject({ status: 200, body: pieces.join('') });
        expect(await ask('/nothing')).toMatchObject({ status: 204, body: '' });
        expect(await ask('/late')).toMatchObject({ status: 200, body: 'late' });
        expect(await ask('/upload', { method: 'POST' }, 'abc')).toMatchObject({ status: 200, body: 'POST 3 99' });
        expect(await ask('/upload', { method: 'POST' }, big)).toMatchObject({ status: 413, body: 'too large' });
        expect(await ask('/unread', { method: 'POST' }, 'abc')).toMatchObject({ status: 403, body: 'not read' });
        const headersOf = { Expect: '100-continue', 'Content-Length': 3 };
        expect(await ask('/upload', { method: 'POST', headers: headersOf }, 'abc')).toMatchObject({
          status: 200,
          body: 'POST 3 99',
          wasToldToGoOn: true,
        });
      }
      expect(connections).toBe(1);
    });

    it('asks for the head of a stream', async () => {
      expect(await ask('/stream', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    });

    it('is told not to send what nobody reads, and that the connection ends', async () => {
      const headers = { Expect: '100-continue', 'Content-Length': 5_000_000 };
      for (const [path, status] of [
        ['/unread', 403],
        ['/upload', 413],
      ] as const) {
        const got = await ask(path, { method: 'POST', headers });
        expect([got.status, got.wasToldToGoOn, got.headers.connection]).toEqual([status, false, 'close']);
      }
    });
  });

  describe.runIf(hasCurl)('curl', () => {
    const curl = (args: readonly string[], input?: string | Uint8Array) =>
      run('curl', ['-sS', '--max-time', '60', ...args], input);

    it('gets, and keeps its connection', async () => {
      const wanted = ['/a', '/text', '/stream', '/nothing', '/late', '/b'];
      const connects = ['-w', '<%{num_connects}>'];
      const printed = await curl([...connects, ...wanted.map((path) => `${base}${path}`)]);
      expect(printed).toBe(`GET /a?<1>${text}<0>${pieces.join('')}<0><0>late<0>GET /b?<0>`);
      expect(connections).toBe(1);
    });

    it('asks for heads and by other methods', async () => {
      const head = await curl(['-I', `${base}/text`]);
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(head).toContain(`\r\nContent-Length: ${text.length}\r\n`);
      expect(await curl(['-X', 'OPTIONS', `${base}/a`])).toBe('OPTIONS /a?');
      expect(await curl(['-X', 'DELETE', `${base}/a`])).toBe('DELETE /a?');
    });

    it('knows HTTP/1.0', async () => {
      expect(await curl(['--http1.0', `${base}/text`])).toBe(text);
      expect(await curl(['--http1.0', `${base}/stream`])).toBe(pieces.join(''));
      expect(await curl(['--http1.0', '-d', 'abc', `${base}/upload`])).toBe('POST 3 99');
      connections = 0;
      const stays = ['--http1.0', '-H', 'Connection: keep-alive', `${base}/a`, `${base}/b`];
      expect(await curl(stays)).toBe('GET /a?GET /b?');
      expect(connections).toBe(1);
    });

    it('is sent compressed answers', async () => {
      for (const coding of ['gzip', 'br', 'deflate']) {
        const printed = await curl(['-H', `Accept-Encoding: ${coding}`, '--compressed', '-D', '-', `${base}/text`]);
        expect(printed).toContain(`\r\nContent-Encoding: ${coding}\r\n`);
        expect(printed.split('\r\n\r\n')[1]).toBe(text);
      }
    });

    it('sends bodies: with a length, in chunks, from a file, waiting for a word, and such that are too large', async () => {
      const status = ['-w', ' %{http_code}'];
      const upload = `${base}/upload`;
      const file = ['--data-binary', '@-'];
      const big = new Uint8Array(uploadLimitBytes * 3).fill(7);
      const largest = big.subarray(0, uploadLimitBytes);
      expect(await curl([...status, '-d', 'abc', upload])).toBe('POST 3 99 200');
      expect(await curl([...status, ...file, upload], largest)).toBe(`POST ${uploadLimitBytes} 7 200`);
      expect(await curl([...status, '-T', '-', upload], largest)).toBe(`PUT ${uploadLimitBytes} 7 200`);
      expect(await curl([...status, ...file, '-H', 'Transfer-Encoding: chunked', upload], largest)).toBe(
        `POST ${uploadLimitBytes} 7 200`,
      );
      const told = await curl([
        '-H',
        'Expect: 100-continue',
        '--expect100-timeout',
        '50',
        '-d',
        'abc',
        '-D',
        '-',
        upload,
      ]);
      expect(told).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nPOST 3 99$/);
      expect(await curl([...status, ...file, upload], big)).toBe('too large 413');
      expect(await curl([...status, '-T', '-', upload], big)).toBe('too large 413');
      expect(await curl([...status, ...file, '-H', 'Expect: 100-continue', upload], big)).toBe('too large 413');
      expect(
        await curl([...status, ...file, '-H', 'Expect:', upload, '--next', ...status, '-sS', `${base}/a`], big),
      ).toBe('too large 413GET /a? 200');
    });
  });
});
