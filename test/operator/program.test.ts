/** `halyard explain` as a program, on both runtimes: output, exit codes, and a running server that it asks. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';

const operator = 'operator-token-for-tests';

async function explain(subject: Subject, args: readonly string[], env: Record<string, string> = {}) {
  const program = await startServer(subject, { args: ['explain', ...args], env, waitFor: 'nothing' });
  const { code } = await program.exit;
  const [out, error] = [program.stdout(), program.stderr()];
  await program.stop();
  return { code, out, error };
}

describe.each(halyards())('%s', (subject) => {
  test('explains a running server’s answer', async () => {
    const server = await startServer(subject, { env: { HALYARD_OPERATOR_TOKEN: operator } });
    try {
      const url = `http://127.0.0.1:${server.port}`;
      const args = ['--url', url, '--flag', 'checkout-redesign', '--context', '{"userId":"alice"}'];
      const told = await explain(subject, args, { HALYARD_OPERATOR_TOKEN: operator });
      expect(told).toMatchObject({ code: 0, error: '' });
      expect(told.out).toContain('checkout-redesign is on, variant one-page');
      expect(told.out).toContain('<- this decided');
      const refused = await explain(subject, args);
      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.error).toContain('give --token, or set HALYARD_OPERATOR_TOKEN');
      const unknown = await explain(subject, ['--url', url, '--flag', 'checkout-redesing', '-t', operator]);
      expect(unknown.code).toBe(1);
      expect(unknown.error).toContain('Did you mean "checkout-redesign"?');
    } finally {
      await server.stop();
    }
  });

  test('explains a file, also one that names a mode of its own, and tells misuse apart', async () => {
    const server = await startServer(subject, { startTimeoutMs: 60_000 });
    const path = join(server.directory, 'edge');
    await writeFile(path, JSON.stringify({ features: [{ name: 'edge', enabled: false, strategies: [] }] }));
    const told = await explain(subject, ['--file', path, '--flag', 'edge', '--json']);
    await server.stop();
    expect(told.code).toBe(0);
    expect(JSON.parse(told.out)).toMatchObject({ flag: 'edge', because: 'it is switched off' });
    expect((await explain(subject, ['--flag', 'x'])).code).toBe(2);
    expect((await explain(subject, ['--help'])).out).toContain('Usage: halyard explain');
  });
});
