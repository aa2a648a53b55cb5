import type { ReportKind, ReportVerdict } from '../../flags/report-kind.ts';
import { halveUsageBody, mergeUsageBodies } from '../usage/usage-body.ts';

/** What upstream's answer means for usage: what it does not take is kept, whatever it says (specification 9.2, 10). */
export function usageVerdict(status: number): ReportVerdict {
  if (status >= 200 && status < 300) return 'taken';
  return status === 413 ? 'too-large' : 'kept';
}

/** Usage of the SDK kind, `/client/metrics`, as reports that several processes may add up. */
export function usageReports(intervalMs: number): ReportKind {
  return { intervalMs, merge: mergeUsageBodies, halves: halveUsageBody, verdict: usageVerdict };
}
