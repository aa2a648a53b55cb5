/** Debian's Chromium on a page of operators. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandPath } from '../../../scripts/lib/components.mjs';
import { loadClientPackage } from '../../real/support/sdks.ts';
import { chromiumFlags, chromiumPatience } from '../../support/chromium.ts';

interface PlaywrightPage {
  goto(url: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForTimeout(ms: number): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  inputValue(selector: string): Promise<string>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  screenshot(options: Readonly<Record<string, unknown>>): Promise<unknown>;
  evaluate<R>(script: string): Promise<R>;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  on(event: 'request', listener: (request: { url(): string }) => void): unknown;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): unknown;
  on(event: 'pageerror', listener: (error: Error) => void): unknown;
}

interface Playwright {
  readonly chromium: {
    launch(options: Readonly<Record<string, unknown>>): Promise<{
      newContext(options: Readonly<Record<string, unknown>>): Promise<{
        newPage(): Promise<PlaywrightPage>;
        setDefaultTimeout(ms: number): void;
        setOffline(offline: boolean): Promise<void>;
        close(): Promise<void>;
      }>;
      close(): Promise<void>;
    }>;
  };
}

export interface PageSettings {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

export interface OperatorPage {
  waitFor(selector: string): Promise<unknown>;
  pause(ms: number): Promise<void>;
  text(selector: string): Promise<string>;
  /** Texts of a table's rows. */
  rows(table: string): Promise<readonly string[]>;
  count(selector: string): Promise<number>;
  value(selector: string): Promise<string>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
  /** Text, and id, of what has the focus. */
  focused(): Promise<string>;
  focusedId(): Promise<string>;
  /** How often the page was loaded. */
  navigations(): Promise<number>;
  /** True when nothing has to be scrolled sideways. */
  fits(): Promise<boolean>;
  /** Lowest contrast of a text to what is behind it (WCAG 2). */
  lowestContrast(): Promise<number>;
  offline(offline: boolean): Promise<void>;
  screenshot(path: string): Promise<unknown>;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export interface OperatorBrowser {
  open(url: string, settings?: PageSettings): Promise<OperatorPage>;
  close(): Promise<void>;
}

export async function startOperatorBrowser(): Promise<OperatorBrowser> {
  const executablePath = commandPath('chromium');
  if (!executablePath) throw new Error('chromium is not on the PATH');
  const home = await mkdtemp(join(tmpdir(), 'halyard-browser-'));
  const chromium = await loadClientPackage<Playwright>('playwright-core').chromium.launch({
    executablePath,
    args: chromiumFlags,
    headless: true,
    timeout: chromiumPatience.startMs,
    env: { ...process.env, HOME: home },
  });
  return {
    async open(url, { width = 1200, height = 900, colorScheme = 'light' } = {}) {
      const context = await chromium.newContext({ viewport: { width, height }, colorScheme });
      context.setDefaultTimeout(chromiumPatience.actionMs);
      const page = await context.newPage();
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      await page.goto(url);
      return {
        waitFor: (selector) => page.waitForSelector(selector),
        pause: (ms) => page.waitForTimeout(ms),
        text: async (selector) => (await page.textContent(selector)) ?? '',
        rows: (table) =>
          page.evaluate(`[...document.querySelectorAll('${table} tbody tr')].map((row) => row.textContent)`),
        count: (selector) => page.evaluate(`document.querySelectorAll('${selector}').length`),
        value: (selector) => page.inputValue(selector),
        click: (selector) => page.click(selector),
        fill: (selector, text) => page.fill(selector, text),
        press: (key) => page.keyboard.press(key),
        type: (text) => page.keyboard.type(text),
        focused: () => page.evaluate('document.activeElement.textContent'),
        focusedId: () => page.evaluate('document.activeElement.id'),
        navigations: () => page.evaluate("performance.getEntriesByType('navigation').length"),
        fits: () => page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
        lowestContrast: () => page.evaluate(contrastScript),
        offline: (offline) => context.setOffline(offline),
        screenshot: (path) => page.screenshot({ path, fullPage: true }),
        requests,
        complaints,
        close: () => context.close(),
      };
    },
    async close() {
      await chromium.close();
      // Its helpers write there for a moment longer.
      await rm(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Compares the colour of every text with the first background behind it. Runs in the page. */
const contrastScript = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let place = element; place; place = place.parentElement) {
      const { backgroundColor } = getComputedStyle(place);
      const [, , , alpha = 1] = channels(backgroundColor);
      if (alpha === 1) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  let lowest = 21;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (textContent.trim() === '' || parentElement.offsetParent === null || parentElement.closest('select')) continue;
    const [light, dark] = [luminance(getComputedStyle(parentElement).color), luminance(background(parentElement))]
      .sort((left, right) => right - left);
    lowest = Math.min(lowest, (light + 0.05) / (dark + 0.05));
  }
  return lowest;
})()`;
