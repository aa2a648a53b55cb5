/** The status page of a process that serves two systems with an environment of one name, in a real browser. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs } from '../flagsmith/support/halyard.ts';
import { componentOrSkip } from '../support/components.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type OperatorBrowser, type OperatorPage, startOperatorBrowser } from './support/browser.ts';

const operator = 'operator-token-for-tests';
const unleashDocument = {
  version: 2,
  features: [{ name: 'banner', project: 'shop', enabled: false, strategies: [{ name: 'default' }] }],
};
const flagsmithDocument = {
  api_key: 'client-key-1',
  name: 'production',
  updated_at: '2026-03-01T12:00:00.000000+00:00',
  project: { hide_disabled_flags: false, segments: [] },
  feature_states: [
    { feature: { id: 1, name: 'banner', type: 'STANDARD' }, enabled: true, feature_state_value: 'hello', django_id: 1 },
  ],
  identity_overrides: [],
};

describe.runIf(componentOrSkip('chromium', 'the status page of two systems'))('two systems', () => {
  let directory: string;
  let core: CoreApi;
  let server: Server;
  let browser: OperatorBrowser;
  let page: OperatorPage;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'halyard-page-'));
    const file = join(directory, 'flags.json');
    await writeFile(file, JSON.stringify(unleashDocument));
    core = await CoreApi.start();
    core.documents.set('ser.one', JSON.stringify(flagsmithDocument));
    const args = ['offline', '--bootstrap-file', file, '--tokens', 'shop:production.client-secret-0001'];
    const env = { ...keyPairs(['ser.one', 'client-key-1']), API_URL: core.url, HALYARD_OPERATOR_TOKEN: operator };
    [server, browser] = await Promise.all([
      startServer(halyards()[0] as Parameters<typeof startServer>[0], { args, env, waitFor: 'nothing' }),
      startOperatorBrowser(),
    ]);
    await eventually('both systems', async () => {
      const reply = await server.get('/halyard/flags', { authorization: `Bearer ${operator}` }).catch(() => undefined);
      return reply?.status === 200 && JSON.parse(reply.text).total === 2;
    });
    page = await browser.open(`http://localhost:${server.port}/halyard/`);
    await page.waitFor('#flags tbody tr');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await core?.close();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  /** Clicks the flag in the row that names the system, and has it explained. */
  async function explain(system: string): Promise<string> {
    const rows = await page.rows('#flags');
    const row = rows.findIndex((text) => text.includes(system)) + 1;
    await page.click(`#flags tbody tr:nth-child(${row}) button`);
    await page.click('#explain-form button');
    await eventually(`the explanation of ${system}`, async () => (await page.text('#explanation')).includes(system));
    return page.text('#explanation');
  }

  test('every row names its system, and the filter chooses one', async () => {
    expect(await page.text('#flags thead')).toContain('System');
    expect((await page.rows('#flags')).map((row) => row.replace(/unchanged.*/, ''))).toEqual([
      'bannerFlagsmithon',
      'bannerUnleash Edge, offlineshopoff',
    ]);
    const options = await page.text('#environment');
    expect(options).toContain('production, Flagsmith');
    expect(options).toContain('production, Unleash Edge, offline');
  });

  test('an explanation is about the system whose row was clicked, with a context of its kind to start from', async () => {
    await page.fill('#token', operator);
    const flagsmith = await explain('Flagsmith');
    expect(flagsmith).toContain('banner: on, value "hello"');
    expect(await page.value('#context')).toBe('{"identifier": "1", "traits": {}}');
    const unleash = await explain('Unleash Edge, offline');
    expect(unleash).toContain('banner: off');
    expect(await page.value('#context')).toBe('{"userId": "1"}');
    // What somebody has written stays.
    await page.fill('#context', '{"userId": "7"}');
    await page.click('#flags tbody tr:nth-child(1) button');
    expect(await page.value('#context')).toBe('{"userId": "7"}');
    expect(page.complaints).toEqual([]);
  });
});
