// An upstream whose feature set changes when it is told to.
//   node swapping-upstream.mjs large|huge swaps port
//   POST /swap → the number of the version served from now on; GET /version → the current one and when it was fetched
// A version differs from the one before in a tenth of its flags and in the name of its last one, the marker: a client
// that sees `swap.version-7` knows which set the answer came from.
import { dataset } from '../datasets.mjs';
import { serveTexts, tagged, validToken } from '../lib/upstream-server.mjs';

const [size, swaps, port] = process.argv.slice(2);
// All built ahead, so that building does not take the client core while answers are being timed.
const versions = Array.from({ length: Number(swaps) + 1 }, (_, number) => build(number));
let version = 0;
let fetchedAt = 0; // when a whole set was last sent, in epoch ms

serveTexts(port, answer);

function answer(request, response, text) {
  const path = request.url.split('?')[0];
  const reply = (status, body, headers = {}) => response.writeHead(status, headers).end(body);
  if (path === '/api/client/features') {
    const { body, etag } = versions[version];
    if (request.headers['if-none-match'] === etag) return reply(304, undefined, { etag });
    fetchedAt = performance.timeOrigin + performance.now();
    return reply(200, body, { 'content-type': 'application/json', etag });
  }
  if (path === '/swap' && request.method === 'POST') version = Math.min(version + 1, versions.length - 1);
  if (path === '/swap' || path === '/version') return reply(200, JSON.stringify({ version, fetchedAt }));
  if (path === '/edge/validate') {
    const tokens = JSON.parse(text).tokens.map(validToken);
    return reply(200, JSON.stringify({ tokens }), { 'content-type': 'application/json' });
  }
  return reply(request.method === 'POST' ? 202 : 404);
}

function build(number) {
  const document = dataset(size);
  document.features.forEach((feature, i) => {
    if ((i + number) % 10 === 0) feature.enabled = !feature.enabled;
  });
  const last = document.features.at(-1);
  Object.assign(last, { name: `swap.version-${number}`, enabled: true, variants: [] });
  last.strategies = [{ name: 'default', parameters: {}, constraints: [] }];
  return tagged(document);
}
