import { describe, expect, it } from 'vitest';
import { list, vectors } from '../../../test/flagsmith/vectors.ts';
import { encodeJson } from '../json/encode.ts';
import { readiness } from './health.ts';

const now = Date.parse('2026-11-21T01:50:00Z');

describe('readiness', () => {
  const rows = vectors.cases('health').map((row) => [encodeJson(row), list(row) as (number | null)[]] as const);
  it.each(rows)('%s', (_, [age, poll, grace, environments, status]) => {
    const facts = {
      lastSuccessMs: age === null || age === undefined ? null : now - age * 1000,
      pollFrequencySeconds: poll!,
      graceSeconds: grace ?? null,
      environments: environments!,
    };
    expect(readiness(facts, now).status).toBe(status);
  });

  it('tells the local time of the last update', () => {
    const lastSuccessMs = new Date(2026, 10, 21, 1, 48, 11, 817).getTime();
    const facts = { lastSuccessMs, pollFrequencySeconds: 10, graceSeconds: null, environments: 1 };
    expect(readiness(facts, now).body).toBe(
      '{"status":"ok","reason":null,"last_successful_update":"2026-11-21T01:48:11.817000"}',
    );
    expect(readiness({ ...facts, lastSuccessMs: lastSuccessMs - 817 }, now).body).toContain('01:48:11"');
  });

  it('says why not', () => {
    const facts = { lastSuccessMs: null, pollFrequencySeconds: 10, graceSeconds: 30, environments: 1 };
    expect(readiness(facts, now).body).toBe(
      '{"status":"error","reason":"environment document(s) not updated.","last_successful_update":null}',
    );
    expect(readiness({ ...facts, lastSuccessMs: 0 }, now).body).toContain('environment document(s) stale.');
    expect(readiness({ ...facts, environments: 0 }, now).status).toBe(200);
  });
});
