/** The status page over sockets on both runtimes, and in a real browser. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { componentOrSkip } from '../support/components.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type OperatorBrowser, startOperatorBrowser } from './support/browser.ts';

const operator = 'operator-token-for-tests';
const clientToken = 'shop:production.client-secret-0001';
const bearer = { authorization: `Bearer ${operator}` };

const rollout = (percent: string) => ({
  name: 'flexibleRollout',
  parameters: { rollout: percent, stickiness: 'userId', groupId: 'checkout' },
});
const documentOf = (percent: string) => ({
  version: 2,
  features: [
    { name: 'checkout', project: 'shop', enabled: true, strategies: [rollout(percent)] },
    { name: '<b>bold</b>', project: 'shop', enabled: true, strategies: [{ name: 'default' }] },
    ...Array.from({ length: 150 }, (_, i) => ({ name: `flag-${i}`, project: 'shop', enabled: false, strategies: [] })),
  ],
});

/** Offline mode on a file of its own. */
async function startOffline(subject: Parameters<typeof startServer>[0], more: readonly string[] = []) {
  const directory = await mkdtemp(join(tmpdir(), 'halyard-page-'));
  const file = join(directory, 'flags.json');
  const write = async (percent: string) => {
    await writeFile(`${file}.new`, JSON.stringify(documentOf(percent)));
    await rename(`${file}.new`, file);
  };
  await write('10');
  const args = [...more, 'offline', '--bootstrap-file', file, '--tokens', clientToken, '--reload-interval', '1'];
  const server = await startServer(subject, { args, waitFor: 'nothing' });
  await eventually('the page', async () => {
    const reply = await server.get('/halyard/status', bearer).catch(() => undefined);
    return reply?.status === 200;
  });
  return {
    server,
    write,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const withToken = ['--operator-token', operator];

describe.each(halyards())('%s', (subject) => {
  let offline: Awaited<ReturnType<typeof startOffline>>;
  let server: Server;
  beforeEach(async () => {
    offline = await startOffline(subject, withToken);
    server = offline.server;
  });
  afterEach(() => offline?.stop());

  test('is a page with a strict policy, and its files', async () => {
    const redirect = await server.get('/halyard', bearer);
    expect([redirect.status, redirect.headers.location]).toEqual([308, '/halyard/']);
    const page = await server.get('/halyard/', bearer);
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    });
    const named = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !name.startsWith('data:'))).toEqual(['status.css', 'status.js']);
    for (const [name, type] of [
      ['status.css', 'text/css'],
      ['status.js', 'text/javascript'],
      ['explain.js', 'text/javascript'],
    ]) {
      const file = await server.get(`/halyard/${name}`, bearer);
      expect([file.status, file.headers['content-type']]).toEqual([200, `${type}; charset=utf-8`]);
      expect(file.text.length).toBeGreaterThan(500);
    }
    expect((await server.get('/halyard/package.json', bearer)).status).toBe(404);
  });

  test('tells what is held, and shows no secret', async () => {
    const status = await server.get('/halyard/status', bearer);
    const flags = await server.get('/halyard/flags?search=checkout', bearer);
    expect(JSON.parse(flags.text)).toEqual({
      total: 152,
      matching: 1,
      flags: [
        {
          name: 'checkout',
          mode: 'Unleash Edge, offline',
          kind: 'offline',
          project: 'shop',
          states: { production: 'depends' },
          changedAtMs: null,
        },
      ],
    });
    const told = JSON.parse(status.text);
    expect(told.modes).toMatchObject([
      {
        kind: 'offline',
        environments: [{ name: 'production', state: { origin: 'file', flagCount: 152 } }],
        credentials: [{ environment: 'production', projects: ['shop'] }],
      },
    ]);
    const groups = new Set(told.modes[0].figures.map(({ group }: { group: string }) => group));
    expect(groups).toEqual(new Set(['requests', 'streams', 'usage', 'cache']));
    for (const { text } of [status, flags]) {
      expect(text).not.toContain('client-secret-0001');
      expect(text).not.toContain(operator);
    }
  });

  test('notes what changes, where nobody looks either', async () => {
    await offline.write('50');
    await eventually('the change', async () => {
      const { changes } = JSON.parse((await server.get('/halyard/status', bearer)).text);
      return changes.total > 0;
    });
    const { changes } = JSON.parse((await server.get('/halyard/status', bearer)).text);
    expect(changes).toMatchObject({
      total: 1,
      newest: [
        {
          flag: 'checkout',
          kind: 'changed',
          environment: 'production',
          difference: {
            fields: [{ path: 'strategies[0].parameters.rollout', before: '"10"', after: '"50"' }],
            more: 0,
          },
        },
      ],
    });
  });

  test('is for operators, or for this machine where no other site asks', async () => {
    expect((await server.get('/halyard/')).status).toBe(200);
    const elsewhere = await server.get('/halyard/status', { host: 'rebound.example' });
    expect([elsewhere.status, JSON.parse(elsewhere.text).error]).toEqual([401, 'unauthorized']);
    const wrong = await server.get('/halyard/', { authorization: 'Bearer something-else-entirely' });
    expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="Halyard operators", charset="UTF-8"',
    ]);
    const basic = Buffer.from(`anybody:${operator}`).toString('base64');
    expect((await server.get('/halyard/', { host: 'flags.example', authorization: `Basic ${basic}` })).status).toBe(
      200,
    );
    const site = await server.get('/halyard/status', { ...bearer, 'sec-fetch-site': 'cross-site' });
    expect([site.status, JSON.parse(site.text).error]).toEqual([403, 'other_site']);
  });
});

describe.runIf(componentOrSkip('chromium', 'the status page in a browser'))('in Chromium', () => {
  let browser: OperatorBrowser;
  let offline: Awaited<ReturnType<typeof startOffline>>;
  beforeAll(async () => {
    [offline, browser] = await Promise.all([
      startOffline(halyards()[0] as Parameters<typeof startServer>[0], withToken),
      startOperatorBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await offline?.stop();
  });
  const open = (settings = {}) => browser.open(`http://localhost:${offline.server.port}/halyard/`, settings);

  test('searches, explains and follows changes without reloading; nothing from elsewhere, no complaint', async () => {
    const page = await open();
    await page.waitFor('#flags tbody tr');
    expect(await page.text('#flag-count')).toBe('152 flags');
    expect(await page.text('#environments')).toContain('production');
    expect(await page.rows('#flags')).toHaveLength(100);
    await page.click('#more');
    await eventually('all flags', async () => (await page.rows('#flags')).length === 152);
    await page.fill('#search', 'bold');
    await eventually('the found flag', async () => (await page.text('#flag-count')) === '1 of 152 flags');
    // A name is a text, whatever is in it.
    expect((await page.rows('#flags'))[0]).toContain('<b>bold</b>');
    expect(await page.count('#flags b')).toBe(0);
    await page.fill('#search', 'checkout');
    await eventually('the searched flag', async () => (await page.text('#flags tbody')).includes('checkout'));
    await page.click('#flags tbody button');
    expect(await page.value('#explain-flag')).toBe('checkout');
    await page.fill('#context', '{"userId": "7"}');
    await page.fill('#token', operator);
    await page.click('#explain-form button');
    await page.waitFor('#explanation .decisive');
    const told = await offline.server.postJson(
      '/halyard/explain/checkout',
      { environment: 'production', context: { userId: '7' } },
      bearer,
    );
    const { answer, because } = JSON.parse(told.text);
    const explanation = await page.text('#explanation');
    expect(explanation).toContain(`checkout: ${answer.enabled ? 'on' : 'off'}`);
    expect(explanation).toContain(because);
    await page.fill('#context', '{userId}');
    await page.click('#explain-form button');
    await page.waitFor('#explanation .bad');
    expect(await page.text('#explanation')).toContain('The context is not JSON');

    const loads = await page.navigations();
    await offline.write('90');
    await eventually('the change', async () => (await page.text('#changes')).includes('rollout: "10" → "90"'));
    expect(await page.text('#change-count')).toBe('1 since the start.');
    await eventually('its age', async () => /\d+ (s|min) ago/.test(await page.text('#flags tbody')));
    await eventually('a chart', async () => (await page.count('#charts polyline')) > 0);
    expect(await page.navigations()).toBe(loads);
    expect(page.complaints).toEqual([]);
    expect(new Set(page.requests.map((url) => new URL(url).host))).toEqual(
      new Set([`localhost:${offline.server.port}`]),
    );
    await page.close();
    await offline.write('10');
  });

  test('works with the keyboard alone', async () => {
    const page = await open();
    await page.waitFor('#flags tbody tr');
    await page.press('Tab');
    expect(await page.focused()).toBe('Skip to the flags');
    await page.press('Enter');
    for (let presses = 0; (await page.focusedId()) !== 'search'; presses++) {
      expect(presses).toBeLessThan(10);
      await page.press('Tab');
    }
    await page.type('checkout');
    await eventually('the found flag', async () => (await page.text('#flag-count')) === '1 of 152 flags');
    for (let presses = 0; (await page.focused()) !== 'checkout'; presses++) {
      expect(presses).toBeLessThan(10);
      await page.press('Tab');
    }
    await page.press('Enter');
    expect(await page.focusedId()).toBe('context');
    // A refresh takes the focus from nobody.
    await page.pause(2_500);
    expect(await page.focusedId()).toBe('context');
    await page.close();
  });

  test('is readable in light and dark, and fits a phone', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const page = await open({ width: 390, height: 844, colorScheme: scheme });
      await page.waitFor('#flags tbody tr');
      expect(await page.fits()).toBe(true);
      expect(await page.lowestContrast()).toBeGreaterThan(4.5);
      await page.close();
    }
  });

  test('says that the server is gone, and goes on when it is back', async () => {
    const page = await open();
    await page.waitFor('#flags tbody tr');
    await page.offline(true);
    await eventually('the notice', async () => (await page.text('#connection')).startsWith('No fresh figures'));
    await page.offline(false);
    await eventually('fresh figures', async () => (await page.text('#connection')) === '');
    await page.close();
  });
});
