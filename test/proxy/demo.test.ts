/** The demo as a process on both runtimes: its `curl` lines, its endpoints, its file, and a port that is taken. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

const run = promisify(execFile);

describe.each(halyards())('the demo: %s', (subject) => {
  it('says what it is, and its three lines work as pasted', async () => {
    const server = await startServer(subject);
    try {
      await eventually('the text', () => server.stdout().includes('Try:'));
      expect(server.stdout()).toMatch(/This is a DEMO .* Do not use it in production/);
      const lines = /Try:\n((?: {2}curl .*\n)+)/.exec(server.stdout())?.[1]?.trimEnd().split('\n') ?? [];
      expect(lines).toHaveLength(3);
      const lists = [];
      for (const line of lines) {
        const { stdout } = await run('sh', ['-c', `${line.trim()} --silent --fail`]);
        lists.push((JSON.parse(stdout) as { toggles: { name: string; enabled: boolean }[] }).toggles);
      }
      const [enabled = [], named = [], all = []] = lists;
      expect(enabled.map(({ name }) => name)).toEqual(expect.arrayContaining(['dark-mode', 'checkout-redesign']));
      expect(named.map(({ name, enabled }) => [name, enabled])).toEqual([
        ['checkout-redesign', true],
        ['dark-mode', true],
      ]);
      expect(all.some(({ enabled }) => !enabled)).toBe(true);
      expect(server.stderr()).toBe('');
    } finally {
      await server.stop();
    }
  });

  it('explains by the line that it prints', async () => {
    const server = await startServer(subject);
    try {
      await eventually('the text', () => server.stdout().includes('/halyard/explain/'));
      const [, authorization = '', body = '', url = ''] =
        /-H 'authorization: (Bearer [^']+)' -H 'accept: text\/plain' -d '([^']+)' 'http:\/\/localhost:\d+([^']+)'/.exec(
          server.stdout(),
        ) ?? [];
      const told = await server.postJson(url, JSON.parse(body), { authorization, accept: 'text/plain' });
      expect(told.status).toBe(200);
      expect(told.text).toContain('checkout-redesign is on, variant one-page');
    } finally {
      await server.stop();
    }
  });

  it('has every endpoint switched on', async () => {
    const server = await startServer(subject);
    try {
      await eventually('the text', () => server.stdout().includes('Server token'));
      const token = /Server token +(\S+)/.exec(server.stdout())?.[1] ?? '';
      const statuses = [];
      for (const path of ['/proxy/health', '/proxy/internal-backstage/prometheus', '/docs/openapi/']) {
        statuses.push((await server.get(path)).status);
      }
      expect(statuses).toEqual([200, 200, 200]);
      const definitions = await server.get('/proxy/client/features', { authorization: token });
      expect(JSON.parse(definitions.text).segments).toHaveLength(2);
    } finally {
      await server.stop();
    }
  });

  it('names the taken port and what to do', async () => {
    const port = await freePort();
    const taken = createServer().listen(port);
    await once(taken, 'listening');
    try {
      const server = await startServer(subject, { port, waitFor: 'nothing' });
      expect((await server.exit).code).toBe(1);
      expect(server.stderr()).toContain(`halyard: port ${port} is already in use. Choose another one with PORT`);
      await server.stop();
    } finally {
      taken.close();
    }
  });
});
