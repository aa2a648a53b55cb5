/** Which fleet a Halyard belongs to: any number of them that have one conversation with upstream. */
export interface FleetSettings {
  /** Redis URLs: one, several for a Cluster, or one that names Sentinels. May hold a password. */
  readonly redisUrls: readonly string[];
  /** Begins all keys in Redis, and the channel's name: fleets with different names share nothing. */
  readonly name: string;
}
