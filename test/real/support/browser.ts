/** Debian's Chromium, driven by playwright-core, and the test page: bundled, and served from an origin of its own. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandPath } from '../../../scripts/lib/components.mjs';
import { chromiumFlags, chromiumPatience } from '../../support/chromium.ts';
import { temporaryDirectory } from './processes.ts';
import { clientModules, loadClientPackage, type SdkContext, type SdkToggle } from './sdks.ts';

interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<unknown>;
}

interface PlaywrightResponse {
  url(): string;
  status(): number;
  request(): { method(): string };
}

interface ConsoleMessage {
  type(): string;
  text(): string;
}

interface PlaywrightPage {
  goto(url: string): Promise<unknown>;
  textContent(selector: string): Promise<string | null>;
  click(selector: string): Promise<void>;
  evaluate<A, R>(script: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  on(event: 'response', listener: (response: PlaywrightResponse) => void): unknown;
  on(event: 'console', listener: (message: ConsoleMessage) => void): unknown;
  on(event: 'pageerror', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: {
    launch(options: Readonly<Record<string, unknown>>): Promise<{
      newContext(): Promise<{
        newPage(): Promise<PlaywrightPage>;
        setDefaultTimeout(ms: number): void;
        close(): Promise<void>;
      }>;
      close(): Promise<void>;
      version(): string;
    }>;
  };
}

/** What the page needs to know, see `page/app.jsx`. */
export interface PageSettings {
  readonly appName: string;
  readonly url: string;
  readonly clientKey: string;
  readonly person: SdkContext;
  readonly otherPerson: SdkContext;
  readonly watched: string;
}

export interface OpenPage {
  /** Text of the element with this id. */
  text(id: string): Promise<string>;
  flags(): Promise<readonly SdkToggle[]>;
  click(id: string): Promise<void>;
  evaluate<A, R>(script: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  /** Requests seen so far, as `GET 200 http://…`. */
  readonly requests: readonly string[];
  /** Errors and warnings on the console, and uncaught errors. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface Browser {
  readonly version: string;
  readonly origin: string;
  open(settings: PageSettings): Promise<OpenPage>;
  close(): Promise<void>;
}

const source = fileURLToPath(new URL('../page/app.jsx', import.meta.url));
const html =
  '<!doctype html><meta charset="utf-8"><title>Shop</title><div id="root"></div><script src="app.js"></script>';
export async function startBrowser(): Promise<Browser> {
  const executablePath = commandPath('chromium');
  if (!executablePath) throw new Error('chromium is not on the PATH');
  const directory = await temporaryDirectory('page');
  const home = directory.path;
  const script = await bundle(home);
  const site = await serve(script);
  const chromium = await loadClientPackage<Playwright>('playwright-core').chromium.launch({
    executablePath,
    args: chromiumFlags,
    headless: true,
    timeout: chromiumPatience.startMs,
    env: { ...process.env, HOME: home },
  });
  return {
    version: chromium.version(),
    origin: site.origin,
    open: async (settings) => {
      const context = await chromium.newContext();
      context.setDefaultTimeout(chromiumPatience.actionMs);
      const page = await context.newPage();
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on('response', (reply) => requests.push(`${reply.request().method()} ${reply.status()} ${reply.url()}`));
      page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      await page.goto(`${site.origin}/?settings=${encodeURIComponent(JSON.stringify(settings))}`);
      return {
        text: async (id) => (await page.textContent(`#${id}`)) ?? '',
        flags: async () => JSON.parse((await page.textContent('#flags')) ?? '[]') as SdkToggle[],
        click: (id) => page.click(`#${id}`),
        evaluate: (run, argument) => page.evaluate(run, argument),
        requests,
        complaints,
        close: () => context.close(),
      };
    },
    close: async () => {
      await chromium.close();
      await site.close();
      await directory.remove();
    },
  };
}

async function bundle(home: string): Promise<string> {
  const outfile = join(home, 'app.js');
  await loadClientPackage<Esbuild>('esbuild').build({
    entryPoints: [source],
    outfile,
    bundle: true,
    jsx: 'automatic',
    target: 'es2022',
    nodePaths: [clientModules()],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return readFile(outfile, 'utf8');
}

async function serve(script: string): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server = createServer((request, reply) => {
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/app.js') reply.setHeader('content-type', 'text/javascript; charset=utf-8').end(script);
    else if (path === '/') reply.setHeader('content-type', 'text/html; charset=utf-8').end(html);
    else reply.writeHead(path === '/favicon.ico' ? 204 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
