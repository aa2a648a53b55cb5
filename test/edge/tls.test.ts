import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer as createProxy } from 'node:http';
import { createServer, request as secureRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../real/support/processes.ts';
import type { RawRequest } from '../support/http.ts';
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

/** Asks over HTTPS, on a connection of its own. */
function sendSecure(port: number, { path, headers }: RawRequest) {
  return new Promise<{ status: number | undefined; etag: string | undefined; text: string }>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers, ca: testTls.cert, agent: false };
    secureRequest(options, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      reply.on('end', () => resolve({ status: reply.statusCode, etag: reply.headers.etag, text }));
      reply.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
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
    const second = await startServer(subject, { args: ['edge'], env: { ...env, ...identity }, waitFor: 'nothing' });
    expect((await second.exit).code, 'with the same port for HTTPS').toBe(1);
    expect(second.stderr()).toContain(`EADDRINUSE: address already in use 0.0.0.0:${tlsPort}`);

    const url = `https://127.0.0.1:${tlsPort}`;
    const asked = { path: '/api/client/features', headers: { authorization: client } };
    const plain = await server.get(asked.path, asked.headers);
    expect(plain).toMatchObject({ status: 200, text: expect.stringContaining('"features":[{') });
    // The same replies go out over both, each kept by whoever sent it first.
    for (let round = 0; round < 3; round++) {
      // Over a connection that stays, unlike the one above.
      const again = await fetch(`http://127.0.0.1:${server.port}${asked.path}`, { headers: asked.headers });
      expect({ status: again.status, text: await again.text() }).toEqual({ status: 200, text: plain.text });
      expect(await sendSecure(tlsPort, asked)).toEqual({ status: 200, etag: plain.headers.etag, text: plain.text });
    }

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
    await eventually('the complaint', () => server.stdout().includes('the old one stays'));
    await writeFile(cert, testTls.cert);
    await eventually('the new certificate', () => server.stdout().includes('certificate was replaced'));
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
  await eventually('the end', () => !server.alive());
  const { code } = await server.stop();
  expect(code).toBe(1);
  expect(server.stderr()).toContain(`--tls-server-key ${key} and --tls-server-cert ${cert} have to be a PEM key`);
  await home.remove();
});

/** A proxy that only tunnels, and counts its tunnels. */
async function startTunnel() {
  let tunnels = 0;
  const server = createProxy().on('connect', (request, socket) => {
    tunnels++;
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const other = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      other.pipe(socket).pipe(other);
    });
    other.on('error', () => socket.destroy());
    socket.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    tunnels: () => tunnels,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.each(halyards())('what upstream is shown and trusted by: %s', (subject) => {
  const passphrase = 'open-sesame';

  async function withFiles(use: (files: Record<'key' | 'cert' | 'both' | 'p12', string>) => Promise<void>) {
    const home = await temporaryDirectory('edge-identity');
    const at = (name: string) => join(home.path, name);
    const files = { key: at('key.pem'), cert: at('cert.pem'), both: at('both.pem'), p12: at('identity.p12') };
    await writeFile(files.key, testTls.key);
    await writeFile(files.cert, testTls.cert);
    await writeFile(files.both, `${testTls.cert}\n${testTls.key}\n`);
    const output = ['-out', files.p12, '-passout', `pass:${passphrase}`];
    execFileSync('openssl', ['pkcs12', '-export', '-inkey', files.key, '-in', files.cert, ...output]);
    await use(files).finally(() => home.remove());
  }

  test.each<readonly [name: string, way: 'direct' | 'tunnel' | 'excepted', identity: 'pair' | 'both' | 'p12']>([
    ['PKCS#12', 'direct', 'p12'],
    ['PKCS#12 through a proxy', 'tunnel', 'p12'],
    ['a PEM pair through a proxy', 'tunnel', 'pair'],
    ['one PEM file, past a proxy', 'excepted', 'both'],
  ])('%s', async (_, way, identity) => {
    const upstream = await startSecureUpstream();
    const tunnel = await startTunnel();
    try {
      await withFiles(async ({ key, cert, both, p12 }) => {
        const identities = {
          pair: { PKCS8_CLIENT_CERTIFICATE_FILE: cert, PKCS8_CLIENT_KEY_FILE: key },
          both: { PEM_CERT_FILE: both },
          p12: { PKCS12_IDENTITY_FILE: p12, PKCS12_PASSPHRASE: passphrase },
        };
        const env = {
          UPSTREAM_URL: upstream.origin,
          TOKENS: client,
          STRICT: 'true',
          ...identities[identity],
          ...(identity === 'both' ? { SKIP_SSL_VERIFICATION: 'true' } : { UPSTREAM_CERTIFICATE_FILE: cert }),
          ...(way === 'direct' ? {} : { HTTPS_PROXY: tunnel.origin }),
          ...(way === 'excepted' ? { NO_PROXY: '127.0.0.1' } : {}),
        };
        const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
        await eventually('definitions', async () => {
          const { status } = await server.get('/api/client/features', { authorization: client });
          return status === 200;
        });
        expect(tunnel.tunnels() > 0).toBe(way === 'tunnel');
        expect((await server.stop()).code).toBe(0);
      });
    } finally {
      tunnel.close();
      await upstream.close();
    }
  });

  test('an identity that its passphrase does not open is named at the start', async () => {
    await withFiles(async ({ p12 }) => {
      const env = { UPSTREAM_URL: 'https://127.0.0.1:9', PKCS12_IDENTITY_FILE: p12, PKCS12_PASSPHRASE: 'wrong-one' };
      const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
      expect((await server.exit).code).toBe(1);
      expect(server.stderr()).toContain(`--pkcs12-identity-file ${p12} cannot be opened with --pkcs12-passphrase`);
      expect(server.stderr()).not.toContain('wrong-one');
      await server.stop();
    });
  });
});
