import type { UpstreamRequest, UpstreamResponse } from '../../src/http/upstream/types.ts';

/** What upstream took, and what it says to the next requests. */
export class TakingUpstream {
  readonly taken: UpstreamRequest[] = [];
  readonly asked: { readonly member: number; readonly request: UpstreamRequest }[] = [];
  answer: (request: UpstreamRequest) => Promise<number> = async () => 202;
  retryAfter: string | undefined;

  async send(member: number, request: UpstreamRequest): Promise<UpstreamResponse> {
    this.asked.push({ member, request });
    const status = await this.answer(request);
    if (status < 300) this.taken.push(request);
    return { status, body: new Uint8Array(), header: (name) => (name === 'retry-after' ? this.retryAfter : undefined) };
  }

  /** Sums by flag of what was taken. */
  sums(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { body = '' } of this.taken) {
      const { toggles } = (JSON.parse(body) as { bucket: { toggles: Record<string, { yes: number }> } }).bucket;
      for (const [name, { yes }] of Object.entries(toggles)) sums[name] = (sums[name] ?? 0) + yes;
    }
    return sums;
  }
}

/** A usage report that counts a flag so often. */
export const usage = (flag: string, yes: number) => {
  const bucket = { start: '2026-01-01T00:00:00.000Z', stop: '2026-01-01T00:01:00.000Z' };
  return JSON.stringify({
    appName: 'a',
    instanceId: 'i',
    bucket: { ...bucket, toggles: { [flag]: { yes, no: 0, variants: {} } } },
  });
};
