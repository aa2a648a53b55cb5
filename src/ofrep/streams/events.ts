import type { Revision } from '../types.ts';

const encoder = new TextEncoder();

/** How long a client waits before it reconnects, and how much of it is chance: a fleet must not come back at once. */
const retryMs = 3_000;
const retrySpreadMs = 2_000;

/** A comment: keeps connections open, and finds out those that are gone. */
export const keepAlive: Uint8Array = encoder.encode(': keep-alive\n\n');

/** The last comment before a server goes. */
export const goodbye: Uint8Array = encoder.encode(': closing\n\n');

/** Opens a stream. @param chance a number in [0, 1) */
export function greeting(chance: number): Uint8Array {
  return encoder.encode(`retry: ${retryMs + Math.floor(chance * retrySpreadMs)}\n\n`);
}

/** Tells that the flags have changed. Carries no flags: clients fetch them. */
export function refetchEvent({ version, changedAtMs }: Revision): Uint8Array {
  const data = JSON.stringify({
    type: 'refetchEvaluation',
    etag: configurationTag(version),
    lastModified: Math.floor(changedAtMs / 1_000),
  });
  return encoder.encode(`id: ${version}\nevent: message\ndata: ${data}\n\n`);
}

/** How a version is called in events and in the hints that clients send back. */
export function configurationTag(version: string): string {
  return `"${version}"`;
}
