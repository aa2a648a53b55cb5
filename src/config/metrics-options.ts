/** The same in all modes: declared once, in the form that each kind of table wants. */
export const metricsFlagLimit = {
  variable: 'HALYARD_METRICS_FLAG_LIMIT',
  fallback: 500,
  description:
    'Most flags, and most variants, that have series of their own in the usage metrics; the rest is counted as `other`.',
} as const;
