import { describe, expect, it } from 'vitest';
import { testRequest } from '../../http/testing.ts';
import type { HttpHandler } from '../../http/types.ts';
import { ownsEdgePath } from '../edge/edge-paths.ts';
import { createSharedServer } from './shared-server.ts';
import type { ServedSystem } from './system.ts';

const operator = {
  kind: 'proxy' as const,
  title: 'one',
  environments: () => [],
  credentials: () => [],
  environmentOf: () => undefined,
  figures: () => [],
};

function system(name: string, owns: (path: string) => boolean, events: string[], more: Partial<ServedSystem> = {}) {
  const note = async (what: string) => void events.push(`${name} ${what}`);
  return {
    handler: () => ({ status: 200, headers: {}, body: name }),
    operator,
    owns,
    start: () => note('starts'),
    endStreams: () => void note('ends streams'),
    stop: (limitMs: number) => note(`stops within ${limitMs}`),
    ...more,
  } satisfies ServedSystem;
}

function three(more: Partial<ServedSystem> = {}, opened: () => Promise<void> = async () => {}) {
  const events: string[] = [];
  const flagsmith = system('flagsmith', (path) => ['/api/v1/flags/', '/proxy/health'].includes(path), events);
  const proxy = system('proxy', (path) => path.startsWith('/proxy'), events);
  const edge = system('edge', ownsEdgePath(''), events, more);
  const served: { handler?: HttpHandler } = {};
  const server = createSharedServer({
    systems: [flagsmith, proxy, edge],
    fallback: proxy,
    common: new Map([['/proxy/health', () => ({ status: 200, headers: {}, body: 'common' })]]),
    stopLimitMs: 7,
    async listen(handler) {
      served.handler = handler;
      events.push('listens');
      await opened();
      return { port: 1, close: async (graceMs) => void events.push(`closes within ${graceMs}`) };
    },
  });
  const answer = (url: string) => (served.handler?.(testRequest({ url })) as { body: string } | undefined)?.body;
  return { server, events, answer };
}

describe('several systems on one port', () => {
  it('each answer their own paths, and one of them all others', async () => {
    const { server, answer } = three();
    expect(await server.start()).toBe(1);
    const paths = [
      '/api/v1/flags/',
      '/api/v1/traits/',
      '/api',
      '/apix',
      '//api//frontend',
      '/swagger-ui/',
      '/edge/validate',
    ];
    expect(paths.map(answer)).toEqual(['flagsmith', 'edge', 'edge', 'proxy', 'edge', 'edge', 'edge']);
    expect(['/', '/proxy', '/proxy/health', '/nothing'].map(answer)).toEqual(['proxy', 'proxy', 'common', 'proxy']);
  });

  it('start side by side before anything listens, and stop after it is closed', async () => {
    const { server, events } = three();
    await server.start();
    expect(events).toEqual(['flagsmith starts', 'proxy starts', 'edge starts', 'listens']);
    events.length = 0;
    await server.close();
    expect(events.slice(0, 4)).toEqual([
      ...['flagsmith', 'proxy', 'edge'].map((name) => `${name} ends streams`),
      'closes within 7',
    ]);
    expect(events.slice(4)).toEqual(['flagsmith', 'proxy', 'edge'].map((name) => `${name} stops within 7`));
  });

  it('stop at once when one of them cannot start, and never listen', async () => {
    const { server, events } = three({ start: () => Promise.reject(new Error('no tokens')) });
    await expect(server.start()).rejects.toThrow('no tokens');
    expect(events).not.toContain('listens');
    expect(events).toContain('flagsmith stops within 0');
  });

  it('do not listen when they were closed while they started', async () => {
    const gate = new AbortController();
    const opened = new Promise<void>((resolve) => gate.signal.addEventListener('abort', () => resolve()));
    const { server, events } = three({ start: () => opened });
    const started = server.start();
    await server.close();
    gate.abort();
    expect(await started).toBeUndefined();
    expect(events).not.toContain('listens');
  });

  it('close a port again that opened while they were closed', async () => {
    const gate = new AbortController();
    const opened = new Promise<void>((resolve) => gate.signal.addEventListener('abort', () => resolve()));
    const { server, events } = three({}, () => opened);
    const started = server.start();
    while (!events.includes('listens')) await Promise.resolve();
    await server.close();
    gate.abort();
    expect(await started).toBeUndefined();
    expect(events.at(-1)).toBe('closes within 0');
  });
});

describe('paths of Edge', () => {
  it('begin with the base path', () => {
    const owns = ownsEdgePath('/flags');
    expect(['/flags/api/frontend', '/flags//api', '/api/frontend', '/flags', '/flags/proxy'].map(owns)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
