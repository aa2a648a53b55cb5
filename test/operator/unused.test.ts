/** Explanations and their mounting point cost serving nothing while nobody uses them, and change nothing when somebody does. */
import { describe, expect, test } from 'vitest';
import { createProxyConfig } from '../../src/config/proxy-config.ts';
import { testRequest } from '../../src/http/testing.ts';
import type { HttpHandler } from '../../src/http/types.ts';
import { attachOperator } from '../../src/library/operator/attach.ts';
import { proxyMode } from '../../src/library/operator/proxy-mode.ts';
import { createProxyCore } from '../../src/unleash/proxy/core.ts';

const config = createProxyConfig(
  { unleashUrl: 'http://x/api', unleashApiToken: 'x', clientKeys: ['k'], logLevel: 'fatal' },
  { HALYARD_OPERATOR_TOKEN: 'operator-token-for-tests' },
);
const document = {
  features: Array.from({ length: 50 }, (_, i) => ({
    name: `flag-${i}`,
    enabled: true,
    strategies: [
      {
        name: 'flexibleRollout',
        parameters: { rollout: '50', stickiness: 'userId', groupId: `g${i}` },
        constraints: [{ contextName: 'country', operator: 'IN', values: ['NO', 'SE'] }],
        segments: [1],
      },
    ],
    variants: [
      { name: 'a', weight: 500 },
      { name: 'b', weight: 500 },
    ],
  })),
  segments: [{ id: 1, constraints: [{ contextName: 'plan', operator: 'NOT_IN', values: ['free'] }] }],
};

async function served() {
  const core = createProxyCore(config, {
    timers: { now: () => 0 },
    random: () => 0.5,
    hostname: 'h',
    elapsedMs: () => 0,
    yieldNow: async () => {},
  });
  await core.loader.load(document, 'file');
  return core;
}

describe('the mounting point', () => {
  test('is not there when it is switched off: the handler is the same object', () => {
    const handler: HttpHandler = () => ({ status: 200, headers: {}, body: '' });
    const parts = { basePath: '', modes: [], onError: () => {} };
    expect(attachOperator(handler, { ...parts, settings: { tokens: ['t'], access: 'off' } })).toBe(handler);
  });

  test('reads nothing of other requests but their path, once, and hands request and reply on as they are', () => {
    const reply = { status: 200, headers: {}, body: 'x' };
    const seen: unknown[] = [];
    const handler: HttpHandler = (request) => {
      seen.push(request);
      return reply;
    };
    const attached = attachOperator(handler, {
      settings: config.operator,
      basePath: '/base',
      modes: [],
      onError: () => {},
    });
    for (const path of ['/base/proxy', '/', '/base', '/base/halyards', '/api/frontend', '/base/halyard%2Fexplain']) {
      const reads: PropertyKey[] = [];
      const request = new Proxy(testRequest({ url: path }), {
        get(target, name) {
          reads.push(name);
          return Reflect.get(target, name);
        },
      });
      // The very reply, and no promise around it.
      expect(attached(request)).toBe(reply);
      expect(reads).toEqual(['path']);
      expect(seen.at(-1)).toBe(request);
    }
  });
});

describe('what is served', () => {
  test('keeps nothing for explanations: a compiled set is made of the same parts', async () => {
    const core = await served();
    const model = core.slot.current?.model;
    const flag = model?.set.flags[0];
    expect(Object.keys(model?.set ?? {}).sort()).toEqual(['asked', 'dynamic', 'flags', 'reads']);
    for (const [name, value] of Object.entries(flag ?? {})) expect(`${name}: ${String(value)}`).not.toMatch(/explain/i);
  });

  test('is the same object for object after explanations, and so are its replies and their cache', async () => {
    const core = await served();
    const mode = proxyMode('proxy', config, core);
    const context = { userId: 'u1', properties: { country: 'NO', plan: 'pro' } };
    const bytes = () => Buffer.from(core.source.list('enabled', context).bytes).toString('utf8');
    const before = { snapshot: core.slot.current, bytes: bytes() };
    const parts = core.slot.current?.model.set.flags.map(({ settled, steps, variants }) => [
      settled,
      ...steps,
      ...variants,
    ]);
    const cached = core.slot.current?.model.cached;
    core.usage.take();
    const [environment] = mode.environments();
    for (const name of environment?.names() ?? []) {
      const told = environment?.explain(name, { body: JSON.stringify({ context }), credential: undefined });
      expect(told?.flag).toBe(name);
    }
    expect(core.slot.current).toBe(before.snapshot);
    const after = core.slot.current?.model.set.flags.map(({ settled, steps, variants }) => [
      settled,
      ...steps,
      ...variants,
    ]);
    expect(after?.flat().every((part, index) => part === parts?.flat()[index])).toBe(true);
    expect(core.slot.current?.model.cached).toEqual(cached);
    expect(bytes()).toBe(before.bytes);
    // Explanations are no usage.
    expect(core.usage.take()).toBeUndefined();
  });
});
