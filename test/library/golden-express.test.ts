/** The 155 recorded exchanges through `createApp` in Express 4 and 5, header by header and byte by byte. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectGolden, toRawRequest } from '../proxy/golden/compare.ts';
import { startOptionsFor } from '../proxy/golden/start.ts';
import { intendedDifferences } from '../proxy/intended-differences.ts';
import { fixture, type GoldenExchange, golden } from '../support/golden.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { type Program, startProgram } from './support/program.ts';
import { createProject, type Project } from './support/project.ts';

/** What runs: options and host come in as JSON, everything else from the environment. */
const script = `
const { createApp } = require('halyard');
const { options, host, express } = JSON.parse(process.env.TEST_APP);
createApp(options, undefined, require(express)()).listen(Number(process.env.PORT), host);
process.on('SIGTERM', () => process.exit(0));
`;

function groups(): GoldenExchange[][] {
  const byConfig = new Map<string, GoldenExchange[]>();
  for (const exchange of golden.exchanges) {
    const name = `${exchange.upstreamFeatures} ${JSON.stringify(exchange.config)}`;
    byConfig.set(name, [...(byConfig.get(name) ?? []), exchange]);
  }
  return [...byConfig.values()];
}

describe.each(['express', 'express5'])('golden exchanges in %s', (express) => {
  for (const exchanges of groups()) {
    const first = exchanges[0]!;
    describe(`${first.name} and ${exchanges.length - 1} more`, () => {
      let upstream: Upstream;
      let project: Project;
      let program: Program;
      beforeAll(async () => {
        const { upstreamFeatures } = first;
        upstream = await startUpstream(upstreamFeatures === null ? {} : { definitions: fixture(upstreamFeatures) });
        project = createProject({ 'main.cjs': script });
        const { options = {}, env = {}, host, waitFor, basePath = '' } = startOptionsFor(first, upstream.origin);
        const app = JSON.stringify({ options, host, express });
        const health = `${basePath}/proxy/health`;
        program = await startProgram('node', ['main.cjs'], {
          directory: project.directory,
          env: { ...env, TEST_APP: app },
          until: health,
          status: waitFor === 'ready' ? 200 : 503,
        });
      });
      afterAll(async () => {
        await program?.stop();
        await upstream?.close();
        project?.remove();
      });

      it.each(exchanges)('$name', async (exchange) => {
        const got = await program.request(toRawRequest(exchange.name, exchange.request));
        const difference = intendedDifferences.exchanges[exchange.name];
        if (difference?.check) difference.check(exchange, got);
        else expectGolden(exchange, difference?.expected?.(exchange) ?? exchange.response, got);
        expect(program.stderr()).toBe('');
      });
    });
  }
});
