// The least that a server can do: it sends the same bytes to everybody, and reads the bodies of POSTs.
//   bare-server.mjs port bytes-of-get bytes-of-post
import { createServer } from 'node:http';

const [port, ...sizes] = process.argv.slice(2).map(Number);
const headers = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag, Retry-After',
  Vary: 'Authorization, X-API-Key, Origin, Accept-Encoding',
  'Cache-Control': 'private, no-cache',
  'Content-Type': 'application/json; charset=utf-8',
  ETag: '"1f3a5b7c9d"',
};
const [get, post] = sizes.map((size) => Buffer.alloc(size, 'a'));
const isUnchanged = (path) => path.endsWith('-304');

if (process.versions.bun === undefined) serveOnNode();
else serveOnBun();

function serveOnBun() {
  const whole = [get, post].map((body) => new Response(body, { headers }));
  const unchanged = new Response(null, { status: 304, headers });
  Bun.serve({
    port,
    hostname: '127.0.0.1',
    fetch(request) {
      const kept = isUnchanged(request.url) ? unchanged : whole[request.method === 'POST' ? 1 : 0];
      return request.method === 'POST' ? request.arrayBuffer().then(() => kept.clone()) : kept.clone();
    },
  });
}

function serveOnNode() {
  createServer((request, response) => {
    const body = request.method === 'POST' ? post : get;
    const answer = () => {
      if (isUnchanged(request.url)) response.writeHead(304, headers).end();
      else response.writeHead(200, { ...headers, 'Content-Length': body.length }).end(body);
    };
    if (request.method !== 'POST') return answer();
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.once('end', answer);
  }).listen(port, '127.0.0.1');
}
