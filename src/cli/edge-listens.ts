import type { EdgeServerSettings } from '../library/edge/assemble-edge.ts';

/** The line that scripts wait for. It says "listening", not "ready", and is printed at every log level. */
export function edgeListens(port: number | string, { logFormat }: Pick<EdgeServerSettings, 'logFormat'>): string {
  const message = `Unleash Edge is listening on port ${port}`;
  const timestamp = new Date().toISOString();
  const line = { timestamp, level: 'INFO', fields: { message }, target: 'unleash_edge' };
  return logFormat === 'json' ? JSON.stringify(line) : message;
}
