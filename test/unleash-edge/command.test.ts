/** What the command says and how it ends when it cannot start: the real Edge beside Halyard. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/ports.ts';
import { halyards } from '../support/subjects.ts';
import { newAccount } from './support/compare.ts';
import { type EdgeOptions, hasRealEdge, startHalyardEdge, startRealEdge } from './support/pair.ts';
import { tally } from './support/tally.ts';

const available = hasRealEdge('the command of the real Unleash Edge');
const url = ['--upstream-url', 'http://127.0.0.1:1'];

interface Row {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  /** What both say on stderr, or on stdout where they end with 0. */
  readonly says?: RegExp;
  /** How Halyard ends where it differs on purpose. */
  readonly halyardCode?: number;
}

const rows: readonly Row[] = [
  { name: 'no upstream', args: ['edge'], code: 2, says: /--upstream-url/ },
  { name: 'an unknown flag', args: ['edge', ...url, '--nonsense'], code: 2, says: /--nonsense/ },
  { name: 'a flag without its value', args: ['edge', '--upstream-url'], code: 2, says: /--upstream-url/ },
  {
    name: 'a flag that was removed',
    args: ['edge', ...url, '--service-account-token', 'x'],
    code: 2,
    says: /--service-account-token/,
  },
  { name: 'strict and dynamic', args: ['edge', ...url, '--strict', '--dynamic'], code: 2, says: /--strict|--dynamic/ },
  { name: 'delta without strict', args: ['edge', ...url, '--delta'], code: 2, says: /--strict/ },
  { name: 'streaming without strict', args: ['edge', ...url, '--streaming'], code: 2, says: /--strict/ },
  {
    name: 'two stores',
    args: ['edge', ...url, '--backup-folder', '/tmp', '--redis-url', 'redis://x'],
    code: 2,
    says: /--(backup-folder|redis-url)/,
  },
  {
    name: 'a header without a colon',
    args: ['edge', ...url, '--custom-client-headers', 'nocolon'],
    code: 2,
    says: /<headername>:<headervalue>/,
  },
  {
    name: 'a bare address in a list',
    args: ['--allow-list', '10.0.0.1', 'edge', ...url],
    code: 2,
    says: /invalid IP address syntax/,
  },
  {
    name: 'a bad trusted server',
    args: ['--proxy-trusted-servers', 'nope', 'edge', ...url],
    code: 2,
    says: /needs to be a valid ip address/,
  },
  { name: 'a bad port', args: ['edge', ...url], env: { PORT: 'abc' }, code: 2, says: /port/i },
  { name: 'a switch that is no boolean', args: ['edge', ...url], env: { STRICT: 'yes' }, code: 2, says: /--strict/ },
  {
    name: 'a bad number',
    args: ['edge', ...url, '--metrics-interval-seconds', 'x'],
    code: 2,
    says: /--metrics-interval-seconds/,
  },
  {
    name: 'a log format that is none',
    args: ['--log-format', 'xml', 'edge', ...url],
    code: 2,
    says: /plain.*json.*pretty/s,
  },
  {
    name: 'a flag of the server behind the command',
    args: ['edge', ...url, '--tls-enable'],
    code: 2,
    says: /--tls-enable/,
  },
  {
    name: 'two names for one header',
    args: ['--token-header', 'a', '--edge-auth-header', 'b', 'edge', ...url],
    code: 2,
    says: /--token-header/,
  },
  { name: 'strict without tokens', args: ['edge', ...url, '--strict'], code: 1, says: /^Error: .*No tokens provided/ },
  {
    name: 'strict with an upstream that is away',
    args: ['edge', ...url, '--strict', '--tokens', '*:dev.x'],
    code: 1,
    says: /^Error: .*No valid tokens was provided on startup/,
  },
  {
    name: 'a certificate that is not there',
    args: ['edge', ...url, '--upstream-certificate-file', '/nothing.pem'],
    code: 1,
    says: /^Error: /,
  },
  { name: 'offline without a file', args: ['offline', '--client-tokens', 'x'], code: 1, says: /^Error: / },
  {
    name: 'offline with a file that is not there',
    args: ['offline', '-b', '/nothing.json', '--client-tokens', 'x'],
    code: 1,
    says: /^Error: /,
  },
  {
    name: 'offline with a file that cannot be read',
    args: ['offline', '-b', 'BAD', '--client-tokens', 'x'],
    code: 1,
    says: /bad\.json/,
  },
  {
    name: 'offline without tokens',
    args: ['offline', '-b', 'GOOD'],
    code: 1,
    says: /No tokens provided\. Tokens must be specified when running in offline mode/,
  },
  {
    name: 'offline with frontend tokens alone',
    args: ['offline', '-b', 'GOOD', '--frontend-tokens', 'x'],
    code: 1,
    says: /No tokens provided\. Tokens must be specified when running in offline mode/,
  },
  { name: 'health of nobody', args: ['health', '--edge-url', 'http://127.0.0.1:1'], code: 1, says: /^Error: / },
  {
    name: 'readiness of nobody',
    args: ['ready', '--edge-url', 'http://127.0.0.1:1'],
    code: 1,
    says: /Failed to connect to ready endpoint at/,
  },
  { name: 'help', args: ['--help'], code: 0 },
  { name: 'help of edge', args: ['edge', '--help'], code: 0, says: /--upstream-url/ },
  { name: 'help of edge, the other way round', args: ['help', 'edge'], code: 0, says: /--upstream-url/ },
  {
    name: 'a setting of Redis without its address',
    args: ['edge', ...url, '--redis-secure'],
    code: 101,
    halyardCode: 1,
  },
  { name: 'help of offline', args: ['offline', '--help'], code: 0, says: /--bootstrap-file/ },
  { name: 'help of ready', args: ['ready', '--help'], code: 0, says: /--edge-url/ },
  // The original has no such flag, whatever it says elsewhere.
  { name: 'the version', args: ['--version'], code: 2, halyardCode: 0 },
];

describe.skipIf(!available).each(halyards())('%s', (subject) => {
  let folder: string;
  const account = newAccount();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'halyard-command-'));
    await writeFile(join(folder, 'good.json'), '{"version":2,"features":[]}');
    await writeFile(join(folder, 'bad.json'), '{"features":');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run(start: (options: EdgeOptions) => ReturnType<typeof startRealEdge>, { args, env = {} }: Row) {
    const files: Record<string, string> = { GOOD: join(folder, 'good.json'), BAD: join(folder, 'bad.json') };
    const server = await start({
      args: args.map((word) => files[word] ?? word),
      env,
      waitFor: false,
      port: await freePort(),
    });
    const limit = setTimeout(() => void server.stop().catch(() => undefined), 60_000);
    const { code } = await server.exit;
    clearTimeout(limit);
    await server.stop();
    return { code, out: server.stdout(), err: server.stderr() };
  }

  test.each(rows)('$name', async (row) => {
    const [real, halyard] = await Promise.all([
      run(startRealEdge, row),
      run((options) => startHalyardEdge(subject, options), row),
    ]);
    expect(real.code, `the original: ${real.err}`).toBe(row.code);
    expect(halyard.code, halyard.err + halyard.out).toBe(row.halyardCode ?? row.code);
    account.comparisons++;
    if (row.halyardCode !== undefined) return;
    const said = row.code === 0 ? [real.out, halyard.out] : [real.err, halyard.err];
    for (const text of said) expect(text).toMatch(row.says ?? /./);
    if (row.code === 2) for (const text of said) expect(text).toMatch(/^error: /);
  });

  test('the account', () => tally('command line: exit codes and messages', subject, account));
});
