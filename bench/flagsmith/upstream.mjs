// A core API for the benchmark: one document, of a profile or made large in some way, that changes when told to.
//   node upstream.mjs profile versions port [large]
//   POST /swap → the version served from now on; GET /version → the current one
import { createServer } from 'node:http';
import { environmentDocument } from '../flagsmith-datasets.mjs';
import { enlarge } from './large-documents.mjs';

const [profile, versions, port, large = ''] = process.argv.slice(2);
// All built ahead, so that building does not take the client core while answers are being timed.
const documents = Array.from({ length: Number(versions) + 1 }, (_, number) => build(number));
let version = 0;

createServer((request, response) => {
  request.resume();
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/api/v1/environment-document/') {
    const { body, updatedMs } = documents[version];
    const since = Date.parse(request.headers['if-modified-since'] ?? '1970-01-01');
    if (updatedMs <= since) return response.writeHead(304).end();
    return response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }
  if (pathname === '/swap') version = Math.min(version + 1, documents.length - 1);
  const known = pathname === '/swap' || pathname === '/version';
  return response.writeHead(known || request.method === 'POST' ? 200 : 404).end(JSON.stringify({ version }));
}).listen(Number(port), '127.0.0.1');

function build(number) {
  const document = environmentDocument(profile);
  document.updated_at = new Date(Date.parse('2024-05-06T07:08:09Z') + number * 10_000).toISOString();
  if (number > 0) document.feature_states[0].feature_state_value = `version-${number}`;
  if (large !== '') enlarge[large](document);
  return { body: Buffer.from(JSON.stringify(document)), updatedMs: Date.parse(document.updated_at) };
}
