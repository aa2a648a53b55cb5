// The limit of Bun's HTTP server: what Bun.serve reaches when it does nothing but send bytes that a server sent before.
//   bun bare-server.mjs replies.json '{"name of a reply": port, …}'
// A port per reply instead of a look at the request, so that not even a path or a header is read.
import { readFileSync } from 'node:fs';

const [file, ports] = process.argv.slice(2);
const replies = JSON.parse(readFileSync(file, 'utf8'));

for (const [name, port] of Object.entries(JSON.parse(ports))) {
  const { status, headers, body } = replies[name];
  const bytes = status === 304 ? null : Buffer.from(body, 'base64');
  const init = { status, headers };
  Bun.serve({ port, hostname: '127.0.0.1', fetch: () => new Response(bytes, init) });
}
