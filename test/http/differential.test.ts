/** Our own HTTP on both runtimes, and Node's, get the same bytes: they must understand the same. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReadReply, readReplies } from '../../src/http/wire/testing.ts';
import { ownHostNames, type StartedServer, startOnHost } from '../support/http-hosts.ts';
import { nodeDifferences } from './node-differences.ts';
import { lastRequest, type RawConversation, rawConversations } from './raw-requests.ts';
import { type SeenRequest, startTellingServer } from './telling-server.ts';

/** What became of a conversation. */
interface Outcome {
  readonly answered: readonly (SeenRequest | 'HEAD')[];
  /** Whether the last request was answered, or something was refused, or neither. */
  readonly end: 'stays' | 'refused' | 'closes';
}

let own: StartedServer[] = [];
let reference: Server;
let referencePort = 0;
beforeAll(async () => {
  const script = new URL('./telling-server.ts', import.meta.url);
  own = await Promise.all(ownHostNames.map((name) => startOnHost(name, script, startTellingServer)));
  reference = createReference();
  await new Promise<void>((resolve) => reference.listen(0, '127.0.0.1', resolve));
  referencePort = (reference.address() as AddressInfo).port;
});
afterAll(async () => {
  for (const server of own) await server.stop();
  reference?.close();
  reference?.closeAllConnections();
});

/** The same server with Node's own means. */
function createReference(): Server {
  const server = createServer({ maxHeaderSize: 128 * 1024 }, (message, response) => {
    const pieces: Buffer[] = [];
    message.on('data', (piece: Buffer) => pieces.push(piece));
    message.on('end', () => {
      const { method, url: target, httpVersion: version, headers } = message;
      const body = JSON.stringify({ method, target, version, headers, body: Buffer.concat(pieces).toString('latin1') });
      response.writeHead(200, { 'Content-Length': Buffer.byteLength(body) }).end(body);
    });
  });
  server.on('clientError', (_error, socket) => {
    socket.end('HTTP/1.1 400 Bad Request\r\nDate: now\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return Object.assign(server, { httpAllowHalfOpen: true });
}

/** What a server says until it closes, without dates. */
function talk(port: number, { name, bytes, ends }: RawConversation): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const hung = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection stayed open: ${name}`));
    }, 60_000);
    const finish = () => {
      clearTimeout(hung);
      socket.destroy();
      resolve(
        Buffer.concat(pieces)
          .toString('latin1')
          .replace(/\r\nDate: .*\r\n/g, '\r\nDate: now\r\n'),
      );
    };
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', (error: NodeJS.ErrnoException) => pieces.push(Buffer.from(`<${error.code}>`)));
    socket.on('end', finish).on('close', finish);
    const sent = Buffer.from(ends === 'last request' ? bytes + lastRequest : bytes, 'latin1');
    if (ends === 'end') socket.end(sent);
    else socket.write(sent);
  });
}

function outcomeOf(said: string, { bytes, ends }: RawConversation): Outcome {
  const isHead = bytes.startsWith('HEAD');
  const seen = ({ status, body }: ReadReply) => {
    if (status !== 200) return 'refused';
    return body === '' ? 'HEAD' : (JSON.parse(body) as SeenRequest);
  };
  // Whether a client is told to go on depends on what came in one piece with the head.
  const replies = readReplies(said.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', ''), (index) => isHead && index === 0);
  const all = replies.map(seen);
  const answered = all.filter((one) => one !== 'refused');
  const last = answered.at(-1);
  if (typeof last === 'object' && last.target === '/last') return { answered: answered.slice(0, -1), end: 'stays' };
  // Where a client has broken off, nobody may be there to be told.
  if (ends === 'end') return { answered, end: 'closes' };
  return { answered, end: all.length === answered.length && all.length > 0 ? 'closes' : 'refused' };
}

const table = rawConversations.map((conversation) => ({ name: conversation.name, conversation }));

it('has a name for each conversation', () => {
  const names = new Set(rawConversations.map(({ name }) => name));
  expect(names.size).toBe(rawConversations.length);
  expect(Object.keys(nodeDifferences).filter((name) => !names.has(name))).toEqual([]);
});

describe('what is understood of', () => {
  it.each(table)('$name', async ({ name, conversation }) => {
    const [onNode = '', onBun, node = ''] = await Promise.all([
      ...own.map(({ port }) => talk(port, conversation)),
      talk(referencePort, conversation),
    ]);
    expect(onBun).toBe(onNode);
    const ours = outcomeOf(onNode, conversation);
    // Node may cut off a client that is still sending.
    const nodes = outcomeOf(node.replace(/<E[A-Z]+>$/, ''), conversation);
    expect(ours.answered.map((one) => one !== 'HEAD' && one.target)).not.toContain('/smuggled');
    const difference = nodeDifferences[name];
    if (difference === undefined) expect(ours).toEqual(nodes);
    else {
      expect(ours).not.toEqual(nodes);
      expect(ours.end === 'refused' ? 'refuses' : 'answers').toBe(difference.own);
    }
  });
});
