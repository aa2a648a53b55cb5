// What the scripted Unleash servers of the benchmark have in common.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/** Listens on the loopback interface. `answer(request, response, text)` is called when a request's body has come whole. */
export function serveTexts(port, answer) {
  createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => answer(request, response, text));
  }).listen(Number(port), '127.0.0.1');
}

/** A document as bytes, with its entity tag. */
export function tagged(document) {
  const body = Buffer.from(JSON.stringify(document));
  return { body, etag: `"${createHash('sha1').update(body).digest('hex')}"` };
}

/** Every token is valid for the project and the environment that it names. */
export function validToken(token) {
  const [project, rest = ''] = token.split(':');
  const type = token.includes('frontend') ? 'frontend' : 'client';
  return { token, type, projects: [project], environment: rest.split('.')[0] };
}
