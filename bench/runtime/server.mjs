// Handlers that do a little more than a bare server each, on a port of their own: what does Bun itself cost a server that
// has to look at a request?
//   bun server.mjs port,port,… [objects]
// With a number of objects, they are kept in memory as a large program's are, and only the most thorough handler is served.
import { body, full, unchanged } from './replies.mjs';

const free = process.argv[2].split(',').map(Number);
const objects = Number(process.argv[3] ?? 0);
const shared = (init) => ({ status: init.status, headers: new Headers(init.headers) });
const [fullShared, unchangedShared] = [full, unchanged].map(shared);
const fullOnce = new Response(body, full);
const unchangedOnce = new Response(null, unchanged);
const remembered = '304, all of that, and found in a map by it';
let seen; // kept, so that no read is optimised away

const read = (request, names) => {
  const { headers } = request;
  for (const name of names) seen = headers.get(name);
};
/** What no server can do without that checks a credential and a condition. */
const checked = (request) => {
  seen = request.url;
  read(request, ['authorization', 'if-none-match']);
};

const handlers = {
  'bare 200': () => new Response(body, full),
  '200, headers as pairs': () => new Response(body, { status: 200, headers: Object.entries(full.headers) }),
  '200, one Headers object for all': () => new Response(body, fullShared),
  '200, copy of one response': () => fullOnce.clone(),
  '… that, and the address of the request': (request) => {
    seen = request.url;
    return fullOnce.clone();
  },
  '… that, and the method': (request) => {
    seen = request.method;
    return fullOnce.clone();
  },
  '… that, and one header': (request) => {
    read(request, ['authorization']);
    return fullOnce.clone();
  },
  '… that, and two headers': (request) => {
    read(request, ['authorization', 'if-none-match']);
    return fullOnce.clone();
  },
  '… that, and four headers': (request) => {
    read(request, ['authorization', 'if-none-match', 'origin', 'accept-encoding']);
    return fullOnce.clone();
  },
  '… that, and the address of the client': (request, server) => {
    seen = server.requestIP(request);
    return fullOnce.clone();
  },
  '… that, and the clock twice': () => {
    seen = performance.now() - performance.now();
    return fullOnce.clone();
  },
  '200, address, credential and condition read': (request) => {
    checked(request);
    return fullOnce.clone();
  },
  'bare 304': () => new Response(null, unchanged),
  '304, one Headers object for all': () => new Response(null, unchangedShared),
  '304, copy of one response': () => unchangedOnce.clone(),
  '304, address, credential and condition read': (request) => {
    checked(request);
    return unchangedOnce.clone();
  },
  '304, address, method, credential, origin and condition read': (request) => {
    seen = request.method;
    checked(request);
    read(request, ['origin']);
    return unchangedOnce.clone();
  },
};

/** What a memory of answers does: one lookup by the address, and everything else compared. */
const answers = new Map();
handlers[remembered] = (request) => {
  const { method, url, headers } = request;
  const known = answers.get(url);
  const credential = headers.get('authorization');
  const origin = headers.get('origin');
  const condition = headers.get('if-none-match');
  if (
    known?.credential === credential &&
    known.origin === origin &&
    known.condition === condition &&
    method === 'GET'
  ) {
    known.times++;
    return unchangedOnce.clone();
  }
  answers.set(url, { credential, origin, condition, times: 0 });
  return unchangedOnce.clone();
};

// Linked, so that a collection of all objects has to follow every one of them.
let kept;
for (let id = 0; id < objects; id++) kept = { id, text: `object ${id}`, list: [id], before: kept };

const ports = {};
const served = Object.entries(handlers).filter(([name]) => objects === 0 || name === remembered);
for (const [index, [name, fetch]] of served.entries()) {
  const port = free[index];
  Bun.serve({ port, hostname: '127.0.0.1', fetch });
  ports[name] = port;
}
console.log(JSON.stringify({ pid: process.pid, ports, version: Bun.version, seen, kept: kept?.id }));
