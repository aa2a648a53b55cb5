import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3Store } from '../../src/store/s3/s3-store.ts';
import { componentOrSkip, goProgram } from '../support/components.ts';
import { freePort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const available = componentOrSkip('versitygw', 'persistence in a real S3-compatible server');
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());
const options = { bucket: 'state-of-edge', forcePathStyle: true, timeoutMs: 30_000, limitBytes: 1_000_000 };

function useEndpoint(port: number): void {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'halyard');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'very-secret');
}

afterEach(() => vi.unstubAllEnvs());

describe.runIf(available)('state in a real S3-compatible server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'halyard-s3-'));
  let server: ChildProcess;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const root = join(directory, 'root');
    const side = join(directory, 'side');
    mkdirSync(join(root, options.bucket), { recursive: true });
    mkdirSync(side);
    const env = { ROOT_ACCESS_KEY: 'halyard', ROOT_SECRET_KEY: 'very-secret', PATH: process.env.PATH };
    const flags = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', side, root];
    server = spawn(goProgram('versitygw') as string, flags, { env, stdio: 'ignore' });
    await eventually('the server', () => fetch(`http://127.0.0.1:${port}/`).then(() => true));
  });
  afterAll(() => {
    server?.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  it('keeps JSON objects in the bucket', async () => {
    useEndpoint(port);
    const store = createS3Store(options);
    expect(await store.load('unleash-tokens')).toBeUndefined();
    await store.save('unleash-tokens', ['[{"token":', '"ä"}]']);
    expect(text(await store.load('unleash-tokens'))).toBe('[{"token":"ä"}]');
    expect(readFileSync(join(directory, 'root', options.bucket, 'unleash-tokens.json'), 'utf8')).toBe(
      '[{"token":"ä"}]',
    );
    await store.remove('unleash-tokens');
    await store.remove('unleash-tokens');
    expect(await store.load('unleash-tokens')).toBeUndefined();
    await store.close();
  });

  it('says what is wrong, without credentials', async () => {
    useEndpoint(port);
    const noBucket = createS3Store({ ...options, bucket: 'no-such-bucket' });
    await expect(noBucket.load('unleash-tokens')).rejects.toThrow(/cannot read \/unleash-tokens.json .*NoSuchBucket/);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong-secret');
    const error = await createS3Store(options)
      .save('unleash-tokens', ['1'])
      .catch((thrown: Error) => thrown);
    expect(String(error)).toMatch(/StateStoreError: cannot write .*SignatureDoesNotMatch/);
    expect(`${error}${JSON.stringify(error)}`).not.toContain('wrong-secret');
  });
});

describe('state in a scripted S3 server', () => {
  const requests: { method: string | undefined; url: string | undefined; type: string | undefined; body: string }[] =
    [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, type: request.headers['content-type'], body });
      answer(request, response);
    });
  });
  let port: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(() => {
    requests.length = 0;
  });

  it('uses keys with a slash in front and the JSON content type, as the original does', async () => {
    useEndpoint(port);
    answer = (_, response) => response.end('[]');
    const store = createS3Store(options);
    await store.save('unleash-features', ['[', ']']);
    expect(text(await store.load('unleash-features'))).toBe('[]');
    expect(requests).toMatchObject([
      {
        method: 'PUT',
        url: '/state-of-edge//unleash-features.json?x-id=PutObject',
        type: 'application/json',
        body: '[]',
      },
      { method: 'GET', url: '/state-of-edge//unleash-features.json?x-id=GetObject' },
    ]);
  });

  it.each([
    ['an error', (_: IncomingMessage, response: ServerResponse) => response.writeHead(500).end()],
    ['a page', (_: IncomingMessage, response: ServerResponse) => response.writeHead(403).end('<html>no')],
    ['a cut connection', (request: IncomingMessage) => request.socket.destroy()],
    [
      'a cut body',
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'Content-Length': 100 }).write('[');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['too much', (_: IncomingMessage, response: ServerResponse) => response.end('x'.repeat(1_000_001))],
  ])('reports %s', async (_, script) => {
    useEndpoint(port);
    answer = script;
    await expect(createS3Store(options).load('unleash-tokens')).rejects.toThrow(/cannot read \/unleash-tokens.json/);
  });

  it('gives up after its time, on every way of being slow', async () => {
    useEndpoint(port);
    const store = createS3Store({ ...options, timeoutMs: 300 });
    answer = () => undefined;
    await expect(store.load('unleash-tokens')).rejects.toThrow(/no answer within 300 ms/);
    answer = (_, response) => response.writeHead(200).write('[');
    await expect(store.load('unleash-tokens')).rejects.toThrow(/300 ms/);
  });

  it('takes an object that is missing for an empty one', async () => {
    useEndpoint(port);
    answer = (_, response) =>
      response.writeHead(404, { 'Content-Type': 'application/xml' }).end('<Error><Code>NoSuchKey</Code></Error>');
    expect(await createS3Store(options).load('unleash-tokens')).toBeUndefined();
  });
});
