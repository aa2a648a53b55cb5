/** The 14 recorded start-up cases: exit code, the fatal line on stderr, the lines on stdout, health. */
import { describe, expect, it } from 'vitest';
import { fillUpstream, fixture, type GoldenStartup, golden } from '../support/golden.ts';
import { type Server, startServer } from '../support/server.ts';
import { isHalyard, subjects } from '../support/subjects.ts';
import { startUpstream } from '../support/upstream.ts';
import { eventually, sleep } from '../support/wait.ts';
import { intendedDifferences } from './intended-differences.ts';

it('has the recorded 14 cases, and every intended difference names one', () => {
  expect(golden.startup).toHaveLength(14);
  const names = new Set(golden.startup.map(({ name }) => name));
  expect(Object.keys(intendedDifferences.startup).filter((name) => !names.has(name))).toEqual([]);
});

describe.each(subjects())('golden start-up: %s', (subject) => {
  it.each(golden.startup)('$name', async (recorded) => {
    const difference = isHalyard(subject) ? intendedDifferences.startup[recorded.name] : undefined;
    const wanted: GoldenStartup = { ...recorded, ...difference?.expected };
    const upstream = await startUpstream({ definitions: fixture('small') });
    const server = await startServer(subject, {
      env: fillUpstream(recorded.env, upstream.origin),
      args: difference?.args ?? [],
      asProgram: true,
      waitFor: 'nothing',
    });
    try {
      if (wanted.exitCode === null) await expectRunning(server, wanted, difference?.warning);
      else await expectFatal(server, wanted, wanted.exitCode);
    } finally {
      await server.stop();
      await upstream.close();
    }
  });
});

async function expectFatal(server: Server, wanted: GoldenStartup, exitCode: number): Promise<void> {
  const { code } = await server.exit;
  expect(code, server.stderr()).toBe(exitCode);
  expect(server.stderr().split('\n')).toContain(wanted.stderrErrorLine);
  expect(server.stdout()).toBe(wanted.stdoutLines.join('\n'));
}

async function expectRunning(server: Server, wanted: GoldenStartup, warning: RegExp | undefined): Promise<void> {
  const lines = wanted.stdoutLines.map((line) => line.replace('{{PORT}}', String(server.port)));
  await eventually('the health status', async () => {
    const { status } = await server.get('/proxy/health');
    return status === wanted.healthStatus;
  });
  await eventually(`stdout to have ${JSON.stringify(lines)}; it is ${server.stdout()}`, () =>
    lines.every((line) => logLines(server).includes(line)),
  );
  await sleep(200);
  const printed = logLines(server);
  const extra = warning === undefined ? [] : printed.filter((line) => warning.test(line));
  if (warning !== undefined) expect(extra, `a line like ${warning} in:\n${server.stdout()}`).toHaveLength(1);
  expect(printed.filter((line) => !extra.includes(line)).sort()).toEqual([...lines].sort());
  const { status } = await server.get('/proxy/health');
  expect(status).toBe(wanted.healthStatus);
  expect(server.stderr()).toBe('');
  expect(server.alive()).toBe(true);
}

/** Lines that begin a message; an error's stack and members follow on lines of their own, as they did when recorded. */
const logLines = (server: Server): string[] =>
  server
    .stdout()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => /^(Unleash-proxy|(DEBUG|INFO|WARN|ERROR|FATAL):|\{")/.test(line));
