// The same clients in Node: one call a line as JSON on standard input, `[method, ...arguments]`; one answer a line on
// standard output. The first argument is the folder that the packages are installed in.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { createClients } from './client.mjs';

const load = createRequire(join(process.argv[2], 'package.json'));
// Node has no EventSource of its own.
const { EventSource } = await import(pathToFileURL(load.resolve('eventsource')).href);
globalThis.EventSource = EventSource;
const clients = createClients(load('@openfeature/web-sdk'), load('@openfeature/ofrep-web-provider'));

for await (const line of createInterface({ input: process.stdin })) {
  const [method, ...values] = JSON.parse(line);
  console.log(JSON.stringify((await clients[method](...values)) ?? null));
}
process.exit();
