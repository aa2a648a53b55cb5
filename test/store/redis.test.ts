import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createRedisStore } from '../../src/store/redis/redis-store.ts';
import type { RedisSettings } from '../../src/store/redis/settings.ts';
import { componentOrSkip } from '../support/components.ts';
import { endedAfterEach } from '../support/ended-after-each.ts';
import { freePort } from '../support/ports.ts';
import { addSentinels, command, failoverMs, type RedisServer, startCluster, startRedis } from '../support/redis.ts';
import { testTls } from '../support/tls.ts';
import { eventually } from '../support/wait.ts';

const available = componentOrSkip('redis', 'persistence in a real Redis');
const started = endedAfterEach();

const settings = (given: Partial<RedisSettings>): RedisSettings => ({
  urls: [],
  secure: false,
  scheme: 'redis',
  mode: 'single',
  readTimeoutMs: 30_000,
  writeTimeoutMs: 30_000,
  limitBytes: 64 * 1024 * 1024,
  ...given,
});
const store = (given: Partial<RedisSettings>) => createRedisStore(settings(given));
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());

describe.runIf(available)('state in a real Redis', () => {
  it('keeps plain strings under their names, in the database of the URL', async () => {
    const server = started(await startRedis());
    const used = store({ urls: [`redis://127.0.0.1:${server.port}/2`] });
    expect(await used.load('unleash-tokens')).toBeUndefined();
    await used.save('unleash-tokens', ['[{"token":', '"ä"}]']);
    expect(text(await used.load('unleash-tokens'))).toBe('[{"token":"ä"}]');
    const other = store({ urls: [`redis://127.0.0.1:${server.port}`] });
    expect(await other.load('unleash-tokens')).toBeUndefined();
    await other.save('unleash-tokens', ['[]']);
    expect(await command(server.port, 'get', 'unleash-tokens')).toBe('[]');
    expect(await command(server.port, 'ttl', 'unleash-tokens')).toBe('-1');
    await other.remove('unleash-tokens');
    await other.remove('unleash-tokens');
    expect(await other.load('unleash-tokens')).toBeUndefined();
    expect(text(await used.load('unleash-tokens'))).toBe('[{"token":"ä"}]');
  });

  it('authenticates, and keeps credentials out of what it says', async () => {
    const server = started(await startRedis(['requirepass default-secret', 'user halyard on >user-secret ~* +@all']));
    const host = '127.0.0.1';
    const port = server.port;
    const asUser = store({ host, port, username: 'halyard', password: 'user-secret' });
    await asUser.save('unleash-tokens', ['1']);
    const inUrl = store({ urls: [`redis://halyard:user-secret@127.0.0.1:${port}`] });
    expect(text(await inUrl.load('unleash-tokens'))).toBe('1');
    const asDefault = store({ urls: [`redis://:default-secret@127.0.0.1:${port}`] });
    expect(text(await asDefault.load('unleash-tokens'))).toBe('1');
    const wrong = store({ host, port, username: 'halyard', password: 'wrong-secret' });
    const error = await wrong.load('unleash-tokens').catch((thrown: Error) => thrown);
    expect(String(error)).toMatch(/StateStoreError: cannot read unleash-tokens from Redis 127.0.0.1:\d+: .*WRONGPASS/);
    expect(`${error} ${wrong.label} ${JSON.stringify(error)}`).not.toContain('wrong-secret');
  });

  it('reaches a Unix socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halyard-socket-'));
    started({ stop: async () => rmSync(directory, { recursive: true }) });
    started(await startRedis([`unixsocket ${directory}/redis.sock`]));
    const used = store({ urls: [`unix://${directory}/redis.sock?db=1`] });
    await used.save('unleash-tokens', ['1']);
    expect(text(await used.load('unleash-tokens'))).toBe('1');
  });

  it('speaks TLS: trusts a given root, refuses a strange one, accepts any where told to', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halyard-tls-'));
    started({ stop: async () => rmSync(directory, { recursive: true }) });
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    writeFileSync(key, testTls.key);
    writeFileSync(cert, testTls.cert);
    const port = await freePort();
    const lines = [`tls-port ${port}`, 'port 0', `tls-cert-file ${cert}`, `tls-key-file ${key}`, 'tls-auth-clients no'];
    started(await startRedis([...lines, `tls-ca-cert-file ${cert}`], { port }));
    const trusting = store({ urls: [`redis://127.0.0.1:${port}`], secure: true, tlsRoot: testTls.cert });
    await trusting.save('unleash-tokens', ['1']);
    expect(text(await trusting.load('unleash-tokens'))).toBe('1');
    const careless = store({ urls: [`rediss://127.0.0.1:${port}/#insecure`] });
    expect(text(await careless.load('unleash-tokens'))).toBe('1');
    await expect(store({ urls: [`rediss://127.0.0.1:${port}`] }).load('unleash-tokens')).rejects.toThrow(/self.signed/);
  });

  it('survives a server that goes away and comes back', async () => {
    const first = started(await startRedis());
    const used = store({ urls: [`redis://127.0.0.1:${first.port}`] });
    await used.save('unleash-tokens', ['1']);
    await first.kill();
    await expect(used.save('unleash-tokens', ['2'])).rejects.toThrow(/ECONNREFUSED/);
    started(await startRedis([], { port: first.port }));
    await used.save('unleash-tokens', ['3']);
    expect(text(await used.load('unleash-tokens'))).toBe('3');
  });

  it('refuses more than its limit, in both directions', async () => {
    const server = started(await startRedis());
    const urls = [`redis://127.0.0.1:${server.port}`];
    await store({ urls }).save('unleash-features', ['x'.repeat(1000), 'y'.repeat(1000)]);
    await expect(store({ urls, limitBytes: 1999 }).load('unleash-features')).rejects.toThrow(/2000 bytes/);
    await expect(store({ urls, limitBytes: 1999 }).save('unleash-features', ['x'.repeat(2000)])).rejects.toThrow(
      /larger than 1999 bytes/,
    );
  });

  it('works on Bun', async () => {
    const server = started(await startRedis());
    const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));
    const script = fileURLToPath(new URL('./redis-roundtrip.ts', import.meta.url));
    const run = spawnSync(bun, [script, `redis://127.0.0.1:${server.port}`], { encoding: 'utf8', timeout: 120_000 });
    expect(run.stdout + run.stderr).toBe('kept\n');
  });

  it('uses a three-node cluster, and what is left of it when a node dies', async () => {
    const nodes = (await startCluster()).map((node) => started(node));
    const urlOf = ({ port }: RedisServer) => `redis://127.0.0.1:${port}`;
    const used = store({ mode: 'cluster', urls: nodes.map(urlOf) });
    const entries = ['unleash-tokens', 'unleash-features', 'a', 'b', 'c', 'd'];
    for (const entry of entries) await used.save(entry, [entry]);
    for (const entry of entries) expect(text(await used.load(entry))).toBe(entry);
    const owners = new Map<string, RedisServer>();
    for (const node of nodes) {
      for (const entry of (await command(node.port, 'keys', '*')).split(',')) owners.set(entry, node);
    }
    expect(new Set(owners.values()).size).toBe(3);
    await (owners.get('unleash-tokens') as RedisServer).kill();
    const surviving = entries.find((entry) => owners.get(entry) !== owners.get('unleash-tokens')) as string;
    expect(text(await used.load(surviving))).toBe(surviving);
    const impatient = store({ mode: 'cluster', urls: nodes.map(urlOf), readTimeoutMs: 2000 });
    await expect(impatient.load('unleash-tokens')).rejects.toThrow(/cannot read unleash-tokens from Redis cluster/);
  });

  it('follows the Sentinels to the new master after the old one died', async () => {
    const master = started(await startRedis());
    const { replica, sentinels } = await addSentinels(master, started);
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const byUrl = store({ urls: [`redis-sentinel://${hosts}/1#mymaster`] });
    const urls = sentinels.map(({ port }) => `redis://127.0.0.1:${port}/1`);
    const byOptions = store({ mode: 'sentinel', urls, sentinelMaster: 'mymaster' });
    await byUrl.save('unleash-tokens', ['1']);
    expect(text(await byOptions.load('unleash-tokens'))).toBe('1');
    await master.kill();
    await sentinels[0]?.kill();
    const impatient = store({ urls: [`redis-sentinel://${hosts}/1#mymaster`], writeTimeoutMs: 2000 });
    await eventually('the failover', () => impatient.save('unleash-tokens', ['2']).then(() => true), failoverMs, 200);
    expect(text(await byOptions.load('unleash-tokens'))).toBe('2');
    expect(await command(replica.port, 'role')).toContain('master');
  });
});

describe('state in something that is no Redis', () => {
  it('gives up after the timeout, on a server that says nothing and on one that speaks something else', async () => {
    const sockets = new Set<import('node:net').Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const silent = store({ urls: [`redis://127.0.0.1:${port}`], readTimeoutMs: 300 });
    await expect(silent.load('unleash-tokens')).rejects.toThrow(/no answer within 300 ms/);
    const wrongScheme = store({ urls: [`rediss://127.0.0.1:${port}`], writeTimeoutMs: 300 });
    await expect(wrongScheme.save('unleash-tokens', ['1'])).rejects.toThrow(/no answer within 300 ms/);
    await eventually('the connections to be dropped', () =>
      [...sockets].every((socket) => socket.readableEnded || socket.closed),
    );
    server.on('connection', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(silent.load('unleash-tokens')).rejects.toThrow(/cannot read/);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
