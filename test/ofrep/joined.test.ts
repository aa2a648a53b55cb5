/** Several systems behind one port: the credential says which is meant. */
import { expect, it } from 'vitest';
import { createOfrepFor } from '../../src/library/ofrep/attach.ts';
import { joinOfrep } from '../../src/library/ofrep/joined-source.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { asker, clientKey, flag, flagsmithOfrepOf, proxyOfrep, reader, set } from './harness.ts';

async function joined() {
  const unleash = await proxyOfrep(set(flag('of-unleash')));
  const flagsmith = flagsmithOfrepOf(e2eDocument());
  const { timers } = unleash;
  const parts = joinOfrep({ flagsmith: flagsmith.parts, unleash: unleash.parts }, '/base');
  const world = { now: timers.now, set: timers.set, random: () => 0.5 };
  const ofrep = createOfrepFor(parts && { ...parts, world });
  if (ofrep === undefined) throw new TypeError('no OFREP');
  const { ask } = asker(ofrep, clientKey);
  const bulk = (key: string) => ask('/base/ofrep/v1/evaluate/flags', { key, body: {} });
  return { ask, bulk, unleash, flagsmith };
}

it('OF-10 OF-45 each credential leads to its own system, whose name is in the flag set', async () => {
  const { bulk } = await joined();
  const unleash = await bulk(clientKey);
  expect(unleash.json.flags.map(({ key }) => key)).toEqual(['of-unleash']);
  expect(unleash.json.metadata.flagSetId).toBe('unleash:default:production');
  const flagsmith = await bulk('client');
  expect(flagsmith.json.metadata.flagSetId).toMatch(/^flagsmith:/);
  expect(flagsmith.json.flags.length).toBeGreaterThan(1);
  expect((await bulk('ser.client')).status).toBe(200);
  expect((await bulk('nobody')).status).toBe(401);
});

it('OF-27 OF-32 streams are advertised below the base path, and hear of their own system only', async () => {
  const { ask, bulk, unleash } = await joined();
  const open = async (key: string) => {
    const url = new URL((await bulk(key)).json.eventStreams?.[0]?.url ?? '');
    expect(url.pathname).toBe('/base/ofrep/v1/events');
    const client = reader((await ask(url.pathname + url.search, { method: 'GET', key: null })).reply);
    client.news();
    return client;
  };
  const [ofUnleash, ofFlagsmith] = [await open(clientKey), await open('client')];
  await unleash.load(set(flag('changed')));
  await unleash.timers.advance(300);
  expect(ofUnleash.news()).toContain('refetchEvaluation');
  expect(ofFlagsmith.news()).toBe('');
});
