/** What the vectors say about readiness, held against processes on both runtimes: ages come from kept documents. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeJson } from '../../src/flagsmith/json/encode.ts';
import { encodeKept, entryOf } from '../../src/library/flagsmith/kept-text.ts';
import { e2eDocument } from './api.ts';
import { CoreApi } from './support/core-api.ts';
import { keyPairs, runtimes, startFlagsmith } from './support/halyard.ts';
import { list, vectors } from './vectors.ts';

describe.each(runtimes())('readiness as the vectors have it, %s', (subject) => {
  const rows = vectors.cases('health').map((row) => [encodeJson(row), list(row) as (number | null)[]] as const);

  it.each(rows)('%s', async (_, [age, poll, grace, count, status]) => {
    const folder = await mkdtemp(join(tmpdir(), 'halyard-health-'));
    const core = await CoreApi.start();
    const names = Array.from({ length: count! }, (_item, i) => `client${i}`);
    for (const name of names) {
      if (age === null) break;
      // Young enough to be so still when it is looked at, half a minute later.
      const savedMs = Date.now() - age! * 1000 + (status === 200 ? 30_000 : 0);
      const kept = [...encodeKept({ name, text: e2eDocument({ api_key: name }), savedMs })].join('');
      await writeFile(join(folder, `${entryOf(name).replaceAll('-', '_')}.json`), kept);
    }
    const health = { environment_update_grace_period_seconds: grace };
    const env = {
      ...keyPairs(...names.map((name) => [`ser.${name}`, name] as const)),
      HALYARD_FLAGSMITH_STATE: folder,
      HEALTH_CHECK: JSON.stringify(health),
      API_POLL_FREQUENCY_SECONDS: String(poll),
    };
    const server = await startFlagsmith(subject, core, env, { waitFor: 'listening' });
    const reply = await server.get('/proxy/health/readiness');
    expect(reply.status).toBe(status);
    const reasons = {
      200: null,
      503: age === null ? 'environment document(s) not updated.' : 'environment document(s) stale.',
    };
    expect(JSON.parse(reply.text).reason).toBe(reasons[status as 200 | 503]);
    await server.stop();
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });
});
