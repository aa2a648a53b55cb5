import type { EdgeServerSettings } from '../library/edge/assemble-edge.ts';

/** Scripts wait for this line. It says "listening", not "ready", and is printed at every log level. */
export function printEdgeListens(port: number | string, { logFormat }: Pick<EdgeServerSettings, 'logFormat'>): void {
  const message = `Unleash Edge is listening on port ${port}`;
  const timestamp = new Date().toISOString();
  const line = { timestamp, level: 'INFO', fields: { message }, target: 'unleash_edge' };
  console.log(logFormat === 'json' ? JSON.stringify(line) : message);
}
