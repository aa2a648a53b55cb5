/** The acceptance list of Flagsmith's behaviour (spec section 14), item by item, and the tests that show each. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/subjects.ts';

type Shown = readonly [file: string, test: string];

const engine = 'src/flagsmith/engine';
const program = 'test/flagsmith/program.test.ts';
const configured = 'test/flagsmith/configured.test.ts';
const fetching = 'test/flagsmith/fetching.test.ts';
const javascript = 'test/flagsmith/real/javascript.test.ts';
const node = 'test/flagsmith/real/node.test.ts';
const python = 'test/flagsmith/real/python.test.ts';
const handler = 'src/flagsmith/api/handler.test.ts';
const poller = 'src/flagsmith/upstream/poller.test.ts';

const items: Readonly<Record<string, readonly Shown[]>> = {
  '1. All 199 conformance cases, with variants': [
    [`${engine}/conformance.test.ts`, 'is complete'],
    [`${engine}/conformance.test.ts`, 'engine-test-data'],
    [`${engine}/differential.test.ts`, 'agrees on document %i'],
  ],
  '2. Vectors: hash': [[`${engine}/percentage.test.ts`, 'of %j is the reference engine’s']],
  '2. Vectors: operators': [[`${engine}/operators.test.ts`, 'row %i: %s']],
  '2. Vectors: rules': [[`${engine}/rule.test.ts`, 'rules']],
  '2. Vectors: jsonpath': [[`${engine}/rule.test.ts`, '%s is %j']],
  '2. Vectors: multivariate': [[`${engine}/outcome.test.ts`, 'multivariate features']],
  '3. Vectors: proxy_e2e, in memory and over sockets': [
    [handler, 'Edge Proxy 2.23.0, exchange by exchange'],
    [program, 'answers over a socket as in memory, where the vectors are held'],
  ],
  '3. Points switched on purpose': [
    [handler, 'covers every decision'],
    [handler, 'leave segments out of environment flags (trap 3)'],
    [handler, 'give digit-string identities their overrides (trap 6)'],
    [handler, 'split multivariate identity overrides (trap 7)'],
    [handler, 'hide disabled flags as the environment says, then the project, for all keys (trap 9)'],
  ],
  '4. Vectors: config': [
    ['src/flagsmith/config/read-config.test.ts', 'Edge Proxy 2.23.0’s configuration'],
    [configured, 'that are refused end the process with 1 and with every problem'],
    [configured, 'that are accepted have their effect: %s'],
    [configured, 'of version 1.0 are taken, where the original ends with 1'],
  ],
  '4. Vectors: poll': [['src/flagsmith/upstream/poll-vectors.test.ts', 'are all here, and no others']],
  '4. Vectors: health': [
    ['src/flagsmith/api/health.test.ts', 'readiness'],
    ['test/flagsmith/readiness.test.ts', 'readiness as the vectors have it, %s'],
  ],
  '5. JavaScript SDK: flags, identity with traits, wrong key': [
    [javascript, 'gets the flags of the environment'],
    [javascript, 'gets the flags of identities with traits, and keeps the traits'],
    [javascript, 'reports a wrong key'],
  ],
  '5. Node SDK: remote, local evaluation through the slash form, wrong key': [
    [node, 'gets flags of the environment and of identities'],
    [node, 'evaluates by itself with the document, and agrees'],
    [node, 'reports a wrong key'],
  ],
  '5. Python SDK: remote, local evaluation through the slash form, wrong key': [
    [python, 'gets flags of the environment and of identities'],
    [python, 'evaluates %s by itself and agrees'],
    [python, 'reports a wrong key'],
  ],
  '6. Upstream down at start, then up: serves without restart': [
    [program, 'serves without a restart once upstream is there'],
  ],
  '6. Garbage later: the last good document stays, readiness fails after the grace': [
    [program, 'keeps serving each environment through everything upstream may do, and sees changes again'],
  ],
  '7. Two environments, one broken: the other serves': [
    [fetching, 'are asked for side by side: one that is slow or broken holds up nobody'],
  ],
  '8. gzip at 999 (no) and 1000 bytes (yes)': [
    [handler, 'begins at 1000 bytes'],
    [program, 'compresses from 1000 bytes on and answers preflights of browsers'],
  ],
  '8. Preflight of a browser with the four headers of the SDK': [
    ['src/flagsmith/api/cors.test.ts', 'are granted with whatever headers were asked for'],
    [program, 'compresses from 1000 bytes on and answers preflights of browsers'],
  ],
  '9. A change is visible within one poll interval; what was made of the old document is gone': [
    [fetching, 'that changed are seen within one poll, everywhere'],
  ],
  '9. The 304 path': [
    [fetching, 'are asked for with the time of the one that is held, in whole seconds'],
    [poller, 'asks conditionally afterwards, and takes 304 as success'],
  ],
};

const textOf = (file: string) => readFileSync(join(repositoryRoot, file), 'utf8');

describe('section 14', () => {
  it('has all its nine items here', () => {
    expect([...new Set(Object.keys(items).map((item) => Number.parseInt(item, 10)))]).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it.each(Object.entries(items))('%s', (_, tests) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const [file, test] of tests) {
      expect(existsSync(join(repositoryRoot, file)), file).toBe(true);
      // the title of a test or a group: the first argument of a call
      expect(textOf(file), file).toMatch(new RegExp(`\\(\\s*'${escaped(test)}',`));
    }
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
