import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../real/support/processes.ts';
import { freePort } from '../support/ports.ts';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { testTls } from '../support/tls.ts';
import { eventually } from '../support/wait.ts';
import { flag, scriptedUpstream } from './harness.ts';

const client = '*:development.client-secret-0001';

/** An upstream that lets nobody in without the client certificate. */
async function startSecureUpstream() {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: [flag('a')] });
  const server = createServer(
    { ...testTls, ca: testTls.cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const headers = { Authorization: request.headers.authorization ?? '' };
        const body = Buffer.concat(chunks).toString();
        const method = request.method === 'POST' ? 'POST' : 'GET';
        void upstream
          .send({ method, url: request.url ?? '', headers, body, timeoutMs: 0, limitBytes: 0 })
          .then((reply) => response.writeHead(reply.status).end(reply.body));
      });
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

test.each(halyards())('HTTPS on both sides, with a client certificate and an extra root: %s', async (subject) => {
  const home = await temporaryDirectory('edge-tls');
  const upstream = await startSecureUpstream();
  const [key, cert] = [join(home.path, 'key.pem'), join(home.path, 'cert.pem')];
  await writeFile(key, testTls.key);
  await writeFile(cert, testTls.cert);
  const tlsPort = await freePort();
  const identity = { PKCS8_CLIENT_CERTIFICATE_FILE: cert, PKCS8_CLIENT_KEY_FILE: key };
  const env = {
    UPSTREAM_URL: upstream.origin,
    TOKENS: client,
    STRICT: 'true',
    UPSTREAM_CERTIFICATE_FILE: cert,
    TLS_ENABLE: 'true',
    TLS_SERVER_KEY: key,
    TLS_SERVER_CERT: cert,
    TLS_SERVER_PORT: String(tlsPort),
  };
  try {
    const refused = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
    expect((await refused.exit).code, 'without the client certificate').toBe(1);
    await refused.stop();

    const server = await startServer(subject, { args: ['edge'], env: { ...env, ...identity }, waitFor: 'nothing' });
    await eventually('definitions', async () => {
      const { status } = await server.get('/api/client/features', { authorization: client });
      return status === 200;
    });
    const url = `https://127.0.0.1:${tlsPort}`;
    for (const [args, code] of [
      [['ready', '-e', url, '-c', cert], 0],
      [['health', '-e', url, '-c', cert], 0],
      [['ready', '-e', url], 1],
    ] as const) {
      const run = await startServer(subject, { args: [...args], waitFor: 'nothing' });
      expect((await run.exit).code, args.join(' ')).toBe(code);
      await run.stop();
    }
    await writeFile(cert, 'nothing');
    await eventually('the complaint', () => server.stdout().includes('the old one stays'), 15_000);
    await writeFile(cert, testTls.cert);
    await eventually('the new certificate', () => server.stdout().includes('certificate was replaced'), 15_000);
    const again = await startServer(subject, { args: ['ready', '-e', url, '-c', cert], waitFor: 'nothing' });
    expect((await again.exit).code).toBe(0);
    await again.stop();
    expect((await server.stop()).code).toBe(0);
  } finally {
    await upstream.close();
    await home.remove();
  }
});

test.each(halyards())('files that are no key and certificate are named at the start: %s', async (subject) => {
  const home = await temporaryDirectory('edge-tls-wrong');
  const [key, cert] = [join(home.path, 'key.pem'), join(home.path, 'cert.pem')];
  await writeFile(key, 'no key');
  await writeFile(cert, testTls.cert);
  const server = await startServer(subject, {
    env: { UPSTREAM_URL: 'http://127.0.0.1:9', TLS_ENABLE: 'true', TLS_SERVER_KEY: key, TLS_SERVER_CERT: cert },
    args: ['edge'],
    waitFor: 'nothing',
  });
  await eventually('the end', () => !server.alive(), 30_000);
  const { code } = await server.stop();
  expect(code).toBe(1);
  expect(server.stderr()).toContain(`--tls-server-key ${key} and --tls-server-cert ${cert} have to be a PEM key`);
  await home.remove();
});
