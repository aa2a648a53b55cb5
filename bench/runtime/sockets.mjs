// The limit of the sockets: what a runtime takes to read a request that comes in one piece and to send bytes that are ready, as
// the kinds of server that it has do it.
//   bun|node sockets.mjs port,port,port,port
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { body, full, unchanged } from './replies.mjs';

const free = process.argv[2].split(',').map(Number);
const hostname = '127.0.0.1';
const onBun = process.versions.bun !== undefined;

/** All of a reply. The date stays that of the start, which costs nothing. */
function bytesOf({ status, headers }, content) {
  const lines = Object.entries({ ...headers, ...(content && { 'content-length': content.length }) });
  const date = `date: ${new Date().toUTCString()}\r\n`;
  const phrase = status === 200 ? 'OK' : 'Not Modified';
  const head = `HTTP/1.1 ${status} ${phrase}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}${date}\r\n`;
  return Buffer.concat([Buffer.from(head), content ?? Buffer.alloc(0)]);
}

const listen = (server, port) => new Promise((resolve) => server.listen(port, hostname, resolve));

/** Looks at nothing: whatever comes is a request. Clients may leave as they like. */
async function serveBytes(port, bytes) {
  if (onBun) {
    const data = (socket) => void socket.write(bytes);
    Bun.listen({ port, hostname, socket: { data, error: () => undefined } });
    return;
  }
  const serve = (socket) => {
    socket.on('data', () => socket.write(bytes));
    socket.on('error', () => undefined);
  };
  await listen(createServer({ noDelay: true }, serve), port);
}

const served = onBun
  ? { 'bare Bun.listen, 200': [full, body], 'bare Bun.listen, 304': [unchanged] }
  : { 'bare node:net, 200': [full, body], 'bare node:net, 304': [unchanged] };
const ports = {};
for (const [name, [init, content]] of Object.entries(served)) {
  ports[name] = free.shift();
  await serveBytes(ports[name], bytesOf(init, content));
}
if (!onBun) {
  for (const [name, { status, headers }, content] of [
    ['bare node:http, 200', full, body],
    ['bare node:http, 304', unchanged],
  ]) {
    ports[name] = free.shift();
    const all = content === undefined ? headers : { ...headers, 'content-length': content.length };
    const server = createHttpServer((_, response) => response.writeHead(status, all).end(content));
    await listen(server, ports[name]);
  }
}
console.log(JSON.stringify({ pid: process.pid, ports, version: onBun ? Bun.version : process.versions.node }));
