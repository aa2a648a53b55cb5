// An upstream with several environments whose flags change when it is told to.
//   node upstream.mjs many|big swaps port
//   POST /swap?of=one|all → the versions served from now on, by environment
//   GET /version → when a document was first sent after that, in epoch ms
import { serveTexts, tagged, validToken } from '../lib/upstream-server.mjs';
import { documentsOf, environmentNames, single } from './documents.mjs';

const [set, swaps, port] = process.argv.slice(2);
// All built ahead, so that building does not take the client core while answers are being timed.
const environments = new Map(
  environmentNames[set].map((name) => {
    const make = documentsOf(name);
    const count = Number(swaps) * (name === single ? 2 : 1) + 1;
    return [name, { version: 0, bodies: Array.from({ length: count }, (_, version) => tagged(make(version))) }];
  }),
);
let fetchedAt = 0;

serveTexts(port, answer);

function answer(request, response, text) {
  const { pathname, searchParams } = new URL(request.url, 'http://upstream');
  const reply = (status, body, headers = {}) => response.writeHead(status, headers).end(body);
  const json = (value) => reply(200, JSON.stringify(value), { 'content-type': 'application/json' });
  if (pathname === '/api/client/features') {
    const { version, bodies } = environments.get(environmentOf(request.headers.authorization));
    const { body, etag } = bodies[version];
    if (request.headers['if-none-match'] === etag) return reply(304, undefined, { etag });
    fetchedAt ||= performance.timeOrigin + performance.now();
    return reply(200, body, { 'content-type': 'application/json', etag });
  }
  if (pathname === '/swap') {
    fetchedAt = 0;
    for (const [name, environment] of environments) {
      if (searchParams.get('of') === 'all' || name === single) environment.version++;
    }
    return json(Object.fromEntries([...environments].map(([name, { version }]) => [name, version])));
  }
  if (pathname === '/version') return json({ fetchedAt });
  if (pathname === '/edge/validate') return json({ tokens: JSON.parse(text).tokens.map(validToken) });
  return reply(request.method === 'POST' ? 202 : 404);
}

function environmentOf(token) {
  return token.split(':')[1].split('.')[0];
}
