/** Debian's Chromium, driven by playwright-core of whichever component a test uses. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandPath } from '../../scripts/lib/components.mjs';

/** What tests use of a page. */
export interface ChromiumPage {
  goto(url: string): Promise<unknown>;
  /** Runs an expression in the page, and waits for it where it is a promise. */
  evaluate<R>(script: string): Promise<R>;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): unknown;
  on(event: 'pageerror', listener: (error: Error) => void): unknown;
}

/** `playwright-core`, as far as this file uses it. */
export interface Playwright<P> {
  readonly chromium: {
    launch(options: Readonly<Record<string, unknown>>): Promise<{
      newContext(): Promise<{ newPage(): Promise<P>; setDefaultTimeout(ms: number): void }>;
      close(): Promise<void>;
    }>;
  };
}

/** Nothing of the machine's user, and no connection of the browser's own. */
export const chromiumFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** How long a browser may take to start, and for each thing that it is told to do, in milliseconds. */
export const chromiumPatience = { startMs: 180_000, actionMs: 90_000 };

/** Starts a browser with a home of its own. */
export async function launchChromium<P = ChromiumPage>(
  playwright: Playwright<P>,
): Promise<{ newPage(): Promise<P>; close(): Promise<void> }> {
  const executablePath = commandPath('chromium');
  if (!executablePath) throw new Error('chromium is not on the PATH');
  const home = await mkdtemp(join(tmpdir(), 'halyard-browser-'));
  const browser = await playwright.chromium.launch({
    executablePath,
    args: chromiumFlags,
    headless: true,
    timeout: chromiumPatience.startMs,
    env: { ...process.env, HOME: home },
  });
  return {
    async newPage() {
      const context = await browser.newContext();
      context.setDefaultTimeout(chromiumPatience.actionMs);
      return context.newPage();
    },
    async close() {
      await browser.close();
      // Its helpers write there for a moment longer.
      await rm(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
