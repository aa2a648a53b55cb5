/** Where the web provider runs: a page in Debian's Chromium, and Node. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ChromiumPage, launchChromium, type Playwright } from '../../../support/chromium.ts';
import { componentDir } from '../../../support/components.ts';
import type { Call, Told } from '../drivers.ts';

type Context = Call['context'];

/** Options of the provider, as far as the tests use them. Times are in milliseconds. */
export interface ClientOptions {
  readonly name: string;
  readonly baseUrl: string;
  readonly token: string;
  readonly context: Context;
  readonly views?: readonly string[];
  readonly changeDetection?: 'sse' | 'polling' | 'none';
  readonly pollInterval?: number;
  readonly cacheMode?: 'local-cache-first' | 'network-first' | 'disabled';
}

export interface Seen {
  readonly status: string;
  readonly events: readonly { readonly event: string; readonly flagsChanged: readonly string[] }[];
  readonly requests: readonly {
    readonly query: string;
    readonly ifNoneMatch: string | null;
    readonly status: number;
    /** null also where a page may not read it. */
    readonly etag: string | null;
  }[];
}

/** See web/client.mjs. */
export interface WebClients {
  open(options: ClientOptions): Promise<{ readonly code: string | null; readonly message: string } | null>;
  ask(name: string, calls: readonly Call[]): Promise<readonly Told[]>;
  setContext(name: string, context: Context): Promise<void>;
  seen(name: string): Promise<Seen>;
  /** What the browser complained about. */
  complaints(): readonly string[];
  end(): Promise<void>;
}

export type Platform = 'Chromium' | 'Node';

export const startClients = (platform: Platform): Promise<WebClients> =>
  platform === 'Node' ? startInNode() : startInChromium();

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const load = <T>(name: string): T => createRequire(join(componentDir('openfeature-web')!, 'package.json'))(name) as T;

const clientsOver = (
  call: (method: string, ...values: unknown[]) => Promise<unknown>,
  complaints: readonly string[],
  end: () => Promise<void>,
): WebClients => ({
  open: (options) => call('open', options) as ReturnType<WebClients['open']>,
  ask: (name, calls) => call('ask', name, calls) as ReturnType<WebClients['ask']>,
  setContext: (name, context) => call('setContext', name, context) as Promise<void>,
  seen: (name) => call('seen', name) as ReturnType<WebClients['seen']>,
  complaints: () => complaints,
  end,
});

async function startInNode(): Promise<WebClients> {
  const child = spawn(process.execPath, [here('node.mjs'), componentDir('openfeature-web')!], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const call = (method: string, ...values: unknown[]) => {
    child.stdin.write(`${JSON.stringify([method, ...values])}\n`);
    last = last.then(async () => {
      const { value, done } = await answers.next();
      if (done) throw new Error(`the web client in Node ended during ${method}`);
      return JSON.parse(value);
    });
    return last;
  };
  return clientsOver(call, [], async () => {
    const ended = once(child, 'close');
    child.stdin.end();
    await ended;
  });
}

interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<{ readonly outputFiles: readonly { text: string }[] }>;
}

const html = '<!doctype html><meta charset="utf-8"><title>Shop</title><script src="page.js"></script>';

async function startInChromium(): Promise<WebClients> {
  const { outputFiles } = await load<Esbuild>('esbuild').build({
    stdin: { contents: await readFile(here('page.mjs'), 'utf8'), resolveDir: here('.') },
    bundle: true,
    write: false,
    target: 'es2022',
    nodePaths: [join(componentDir('openfeature-web')!, 'node_modules')],
    logLevel: 'error',
  });
  const script = outputFiles[0]!.text;
  // An origin of its own: everything that the clients ask is asked across origins, as in production.
  const site = createServer((request, reply) => {
    if (request.url === '/page.js') reply.setHeader('content-type', 'text/javascript; charset=utf-8').end(script);
    else if (request.url === '/') reply.setHeader('content-type', 'text/html; charset=utf-8').end(html);
    else reply.writeHead(request.url === '/favicon.ico' ? 204 : 404).end();
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const chromium = await launchChromium(load<Playwright<ChromiumPage>>('playwright-core'));
  const page = await chromium.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  const call = (method: string, ...values: unknown[]) =>
    page.evaluate<unknown>(`clients.${method}(...${JSON.stringify(values)})`);
  return clientsOver(call, complaints, async () => {
    await chromium.close();
    site.closeAllConnections();
    await new Promise((resolve) => void site.close(resolve));
  });
}
