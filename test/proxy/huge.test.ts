/** Sets of 5,000 flags: they load, serve, and are swapped while requests are answered. Nothing here is timed. */
import { describe, expect, it } from 'vitest';
import { dataset } from '../../bench/datasets.mjs';
import { startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { startUpstream } from '../support/upstream.ts';
import { sleep } from '../support/wait.ts';

interface Toggle {
  readonly name: string;
}

const huge = dataset('huge') as unknown as {
  version: number;
  features: { name: string; enabled: boolean }[];
  segments: unknown[];
};
const other = {
  ...huge,
  features: huge.features.map((feature, i) => (i === 0 ? { ...feature, name: 'swapped in' } : feature)),
};

describe.each(halyards())('5,000 flags: %s', (subject: Subject) => {
  it('are served, and replaced without a failed request', async () => {
    const upstream = await startUpstream({ definitions: huge });
    const env = {
      UNLEASH_URL: `${upstream.origin}/api`,
      UNLEASH_API_TOKEN: 'token',
      UNLEASH_PROXY_CLIENT_KEYS: 'k1',
      UNLEASH_FETCH_INTERVAL: '200',
      ENABLE_ALL_ENDPOINT: 'true',
    };
    const server = await startServer(subject, { env, waitFor: 'ready' });
    try {
      const names = async () => {
        const got = await server.request({ path: '/proxy/all?userId=u', headers: { authorization: 'k1' } });
        expect(got.status).toBe(200);
        return (JSON.parse(got.text) as { toggles: Toggle[] }).toggles.map(({ name }) => name);
      };
      expect(await names()).toEqual(huge.features.map(({ name }) => name));
      upstream.setDefinitions(other);
      // Without a bound: how often this is asked until then depends on the machine.
      while (!(await names()).includes('swapped in')) await sleep(5);
    } finally {
      await server.stop();
      await upstream.close();
    }
  });
});
