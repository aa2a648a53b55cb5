/** What one member knows of the conversation that it shares. Counters count since its start. */
export interface SharingFigures {
  /** False while Redis is lost. */
  isReached: boolean;
  /** Steps that failed in Redis. */
  failures: number;
  /** Exchanges that this member carried out for all, took from another, and carried out without the others. */
  asked: number;
  followed: number;
  alone: number;
  /** Changes of definitions that came from another member. */
  changesFollowed: number;
  /** This member asked upstream for definitions last. */
  isLeader: boolean;
  /** When a member published what upstream says, in milliseconds since the epoch. */
  publishedMs: number;
}
