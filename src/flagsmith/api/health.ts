/** What readiness is judged by. */
export interface FreshnessFacts {
  /** Milliseconds since the epoch when the environment that is worst off was last up to date; null: one never was. */
  readonly lastSuccessMs: number | null;
  readonly pollFrequencySeconds: number;
  /** Null: never stale once loaded. */
  readonly graceSeconds: number | null;
  /** Number of environments; none at all is healthy. */
  readonly environments: number;
}

/** A readiness answer. */
export interface Readiness {
  readonly status: 200 | 503;
  /** The JSON body. */
  readonly body: string;
}

/** Judges readiness at a time given in milliseconds since the epoch (spec section 2.9, vectors `health`). */
export function readiness(facts: FreshnessFacts, nowMs: number): Readiness {
  const { lastSuccessMs, graceSeconds, environments } = facts;
  if (environments > 0 && lastSuccessMs === null) return result('environment document(s) not updated.', null);
  if (environments > 0 && lastSuccessMs !== null && graceSeconds !== null) {
    const allowedMs = (facts.pollFrequencySeconds + graceSeconds * environments) * 1000;
    if (lastSuccessMs < nowMs - allowedMs) return result('environment document(s) stale.', lastSuccessMs);
  }
  return result(null, lastSuccessMs);
}

/** The answer while other processes on the same port hold less than this one. */
export const notEverywhere = result('environment document(s) not updated.', null);

function result(reason: string | null, lastSuccessMs: number | null): Readiness {
  const updated = lastSuccessMs === null ? null : localTime(lastSuccessMs);
  const body = JSON.stringify({ status: reason === null ? 'ok' : 'error', reason, last_successful_update: updated });
  return { status: reason === null ? 200 : 503, body };
}

/** Local time without a zone, microseconds left out when they are zero, as the original prints it. */
function localTime(ms: number): string {
  const time = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const milliseconds = time.getMilliseconds();
  return `${date}T${clock}${milliseconds === 0 ? '' : `.${String(milliseconds).padStart(3, '0')}000`}`;
}
