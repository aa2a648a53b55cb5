import { bulkReports } from '../../unleash/edge/metrics/bulk-report.ts';
import { usageReports } from '../../unleash/upstream/usage-report.ts';
import type { ChooseReports } from '../reports/merged-reports.ts';
import type { ChooseSharing, Sharing } from './conversation.ts';

/** A token's validity is news for the whole fleet for this long. */
const validationKeepMs = 10_000;

/** What members share in the modes of Unleash: definitions, whole or as changes, and which tokens are valid. */
export function unleashSharing(intervalMs: number): ChooseSharing {
  const definitions = intervalMs > 0 ? { keepMs: intervalMs, polled: true } : undefined;
  const validation = { keepMs: validationKeepMs, polled: false };
  return ({ method, url }) => {
    if (method === 'GET') return definitions;
    if (url.endsWith('/edge/validate')) return validation;
    return url.endsWith('/client/register') ? registration : undefined;
  };
}

/** One member registers for all: what tells members apart does not make another registration. */
const registration: Sharing = {
  keepMs: 3_600_000,
  failureKeepMs: 10_000,
  polled: false,
  tellingBody(body) {
    try {
      const {
        instanceId: _,
        connectionId: __,
        started: ___,
        ...application
      } = JSON.parse(body) as Record<string, unknown>;
      return JSON.stringify(application);
    } catch {
      return body;
    }
  },
};

/** What members of the modes of Unleash add up: usage. What an Edge reports about itself stays its own. */
export function unleashReports(intervalMs: number): ChooseReports {
  const usage = usageReports(intervalMs);
  const bulk = bulkReports(intervalMs);
  return ({ method, url }) => {
    if (method !== 'POST' || intervalMs <= 0) return undefined;
    if (url.endsWith('/client/metrics')) return usage;
    return url.endsWith('/client/metrics/bulk') ? bulk : undefined;
  };
}
