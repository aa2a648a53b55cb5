// The limit: Bun.serve sending the bytes and headers that Halyard sent, reading nothing of the request but its path.
//   bun bare-server.mjs port replies.json
import { readFileSync } from 'node:fs';

const [port, file] = process.argv.slice(2);
const replies = JSON.parse(readFileSync(file, 'utf8'));
const ready = Object.fromEntries(
  Object.entries(replies).map(([path, { body, headers }]) => [path, { body: Buffer.from(body, 'base64'), headers }]),
);
const flags = ready['/api/v1/flags/'];
const identities = ready['/api/v1/identities/'];

Bun.serve({
  port: Number(port),
  hostname: '127.0.0.1',
  fetch: ({ url }) => {
    const { body, headers } = url.endsWith('/identities/') ? identities : flags;
    return new Response(body, { headers });
  },
});
