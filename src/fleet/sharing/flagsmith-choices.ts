import { flagsmithReports } from '../../flagsmith/upstream/report-kinds.ts';
import type { ChooseReports } from '../reports/merged-reports.ts';
import type { ChooseSharing } from './conversation.ts';

/** What members share in Flagsmith mode: documents, and the list of environments. Pages of documents belong to their reader. */
export function flagsmithSharing(intervalMs: number): ChooseSharing {
  const definitions = { keepMs: intervalMs, polled: true };
  return ({ method, url }) => (method === 'GET' && !url.includes('?') ? definitions : undefined);
}

/** What members add up in Flagsmith mode: evaluation counts of both kinds, and usage. */
export function flagsmithReporting(apiUrl: string): ChooseReports {
  const kinds = flagsmithReports(apiUrl);
  return ({ method, url }) => (method === 'POST' ? kinds.get(url) : undefined);
}
