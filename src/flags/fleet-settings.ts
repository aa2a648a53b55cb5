/** Bounds of the reports of one kind and credential that a fleet keeps in Redis until one member sends them. */
export interface ReportBounds {
  readonly limitBytes: number;
  readonly limitEntries: number;
  /** Reports that no member looks after are forgotten after this long. */
  readonly keepMs: number;
}

/** Which fleet a Halyard belongs to: any number of them that have one conversation with upstream. */
export interface FleetSettings {
  /** Redis URLs: one, several for a Cluster, or one that names Sentinels. May hold a password. */
  readonly redisUrls: readonly string[];
  /** Begins all keys in Redis, and the channel's name: fleets with different names share nothing. */
  readonly name: string;
  readonly reports: ReportBounds;
}

/** How each bound is set, the same in every mode. Whole numbers above 0. */
export const reportBoundSettings = {
  limitBytes: {
    variable: 'HALYARD_FLEET_USAGE_LIMIT_BYTES',
    flag: '--fleet-usage-limit-bytes',
    fallback: 8 * 1024 * 1024,
    description:
      'Most bytes of usage that wait in the Redis of a fleet, for each kind and credential. A member that finds no room sends its own.',
  },
  limitEntries: {
    variable: 'HALYARD_FLEET_USAGE_LIMIT_REPORTS',
    flag: '--fleet-usage-limit-reports',
    fallback: 1_000,
    description: 'Most reports of usage that wait there, for each kind and credential.',
  },
  keepSeconds: {
    variable: 'HALYARD_FLEET_USAGE_KEEP_SECONDS',
    flag: '--fleet-usage-keep-seconds',
    fallback: 120,
    description:
      'Seconds that Redis keeps usage which no member looks after; at least two intervals. A member that cannot reach Redis for longer sends what it had handed over.',
  },
} as const;
