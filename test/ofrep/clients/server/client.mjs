// Evaluates flags with OpenFeature's published server provider for OFREP: plans as JSON on standard input, answers as
// JSON on standard output. See test/ofrep/clients/drivers.ts for both shapes. The first argument is the folder that the
// packages are installed in.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const load = createRequire(join(process.argv[2], 'package.json'));
const { OpenFeature } = load('@openfeature/server-sdk');
const { OFREPProvider } = load('@openfeature/ofrep-provider');

// The SDK logs each failed evaluation; the answers tell of them.
const silent = () => {};
OpenFeature.setLogger({ debug: silent, info: silent, warn: silent, error: silent });

function evaluate(client, { flag, type, default: fallback, context }) {
  switch (type) {
    case 'boolean':
      return client.getBooleanDetails(flag, fallback, context);
    case 'string':
      return client.getStringDetails(flag, fallback, context);
    case 'object':
      return client.getObjectDetails(flag, fallback, context);
    default:
      return client.getNumberDetails(flag, fallback, context);
  }
}

async function run({ baseUrl, token, calls }, number) {
  const domain = `plan-${number}`;
  const headers = [['Authorization', `Bearer ${token}`]];
  await OpenFeature.setProviderAndWait(domain, new OFREPProvider({ baseUrl, headers, timeoutMs: 60_000 }));
  const client = OpenFeature.getClient(domain);
  const answers = [];
  for (const call of calls) {
    const { value, variant, reason, errorCode, flagMetadata } = await evaluate(client, call);
    answers.push({ value, variant, reason, errorCode, metadata: flagMetadata });
  }
  return answers;
}

const plans = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await Promise.all(plans.map(run))));
