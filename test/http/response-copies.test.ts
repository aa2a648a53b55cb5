/** What lending memory to replies rests on: a response of Bun's holds a copy of its bytes from the start. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../support/subjects.ts';

const bun = join(repositoryRoot, 'node_modules', 'bun', 'bin', 'bun.exe');

const script = `
const same = [];
for (const length of [1, 1000, 6000, 32 * 1024]) {
  const bytes = Buffer.allocUnsafeSlow(length).fill('a');
  const response = new Response(bytes, { status: 200, headers: { 'Content-Type': 'application/json' } });
  bytes.fill('b');
  same.push((await response.text()) === 'a'.repeat(length));
}
const server = Bun.serve({
  port: 0,
  fetch() {
    const bytes = Buffer.alloc(32 * 1024, 'a');
    const response = new Response(bytes);
    bytes.fill('b');
    return Promise.resolve(response);
  },
});
same.push((await (await fetch(server.url)).text()) === 'a'.repeat(32 * 1024));
server.stop(true);
console.log(JSON.stringify(same));
`;

it('bytes that are overwritten after a response was made of them are not sent', () => {
  const printed = execFileSync(bun, ['-e', script], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual([true, true, true, true, true]);
});
