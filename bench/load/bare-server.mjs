// The limit: what Bun.serve reaches when it does nothing but send the bytes that the original sent.
//   bun bare-server.mjs port compressed-port replies.json
// Two ports instead of a look at Accept-Encoding, so that not even a header is read.
import { readFileSync } from 'node:fs';

const [port, compressedPort, file] = process.argv.slice(2);
const replies = JSON.parse(readFileSync(file, 'utf8'));

function serve(listenOn, reply) {
  const body = Buffer.from(reply.body, 'base64');
  const init = { headers: reply.headers };
  Bun.serve({ port: Number(listenOn), hostname: '127.0.0.1', fetch: () => new Response(body, init) });
}

serve(port, replies.plain);
serve(compressedPort, replies.compressed);
