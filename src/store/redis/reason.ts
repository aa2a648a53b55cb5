/** Why a command to Redis failed, in words for operators: the client speaks of its own queues when there is no connection. */
export function redisReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /enableOfflineQueue|^Connection is closed/.test(message) ? 'there is no connection to it' : message;
}
