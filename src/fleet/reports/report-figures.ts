import type { ReportVerdict } from '../../flags/report-kind.ts';

/** What one member did with reports, since its start. */
export interface ReportFigures {
  /** Reports that this member handed over. */
  handedOver: number;
  /** Requests that it sent without the others: Redis was not there, or its bounds were reached. */
  alone: number;
  /** Batches that it added up for all, and the reports in them. */
  batches: number;
  merged: number;
  /** What became of the parcels that it sent for all. */
  readonly sent: Record<ReportVerdict, number>;
  /** How often Redis was lost. */
  losses: number;
}

export function emptyReportFigures(): ReportFigures {
  return {
    handedOver: 0,
    alone: 0,
    batches: 0,
    merged: 0,
    sent: { taken: 0, 'too-large': 0, dropped: 0, kept: 0 },
    losses: 0,
  };
}
