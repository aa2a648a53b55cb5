// A few keep-alive connections that time every request: what a user of the server notices while something else happens.
// Written on bare sockets that read into one buffer each, because the garbage of an HTTP client (a new buffer for every
// piece of an answer) is collected in pauses as long as the stalls that are looked for.
import { connect } from 'node:net';

const pauseMs = 1; // this client is there to notice stalls; the load comes from wrk
const limitMs = 30_000;

/**
 * Keeps `connections` requests under way until `stop()`. `samples` holds the start (epoch ms), duration (ms) and failure
 * of each; `seen(text)` resolves with the moment (epoch ms) at which an answer first held `text`.
 */
export function startClient({ port, path, headers, connections }) {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${head.join('')}\r\n`, 'latin1');
  const samples = [];
  let running = true;
  let waiting;

  function notice(bytes) {
    if (!waiting || bytes.indexOf(waiting.text) < 0) return;
    waiting.resolve(now());
    waiting = undefined;
  }

  async function loop() {
    let connection;
    while (running) {
      const from = now();
      connection ??= open(port, notice);
      const failure = await connection.ask(request);
      samples.push({ from, ms: now() - from, failure });
      if (connection.closed()) connection = undefined;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    connection?.close();
  }

  const loops = Array.from({ length: connections }, loop);
  return {
    samples,
    seen(text, withinMs) {
      return new Promise((resolve, reject) => {
        waiting = { text: Buffer.from(text), resolve };
        setTimeout(() => reject(new Error(`no answer held ${text} within ${withinMs} ms`)), withinMs).unref();
      });
    },
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  };
}

/** The time on a clock that other processes share, in ms with fractions. */
export const now = () => performance.timeOrigin + performance.now();

function open(port, notice) {
  let settle;
  let missing; // bytes of the answer still to come; undefined while its head is to come
  let failure;
  let gone = false;

  function end(result) {
    const done = settle;
    settle = undefined;
    done?.(result);
  }

  function read(count, buffer) {
    let bytes = buffer.subarray(0, count);
    if (missing === undefined) {
      const text = bytes.toString('latin1', 0, Math.min(count, 2048));
      const bodyAt = text.indexOf('\r\n\r\n') + 4;
      const length = /^content-length: (\d+)\r$/im.exec(text)?.[1];
      const status = text.slice(9, 12);
      if (bodyAt < 4 || length === undefined) {
        socket.destroy(new Error('an answer whose head was not understood'));
        return true;
      }
      missing = Number(length);
      failure = status === '200' ? undefined : `status ${status}`;
      bytes = bytes.subarray(bodyAt);
    }
    notice(bytes);
    missing -= bytes.length;
    if (missing <= 0) end(failure);
    return true;
  }

  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.alloc(65536), callback: read },
  });
  socket.setTimeout(limitMs, () => socket.destroy(new Error(`no answer in ${limitMs} ms`)));
  let reason = 'the connection was closed before the answer ended';
  socket.on('error', (error) => {
    reason = error.message;
  });
  socket.on('close', () => {
    gone = true;
    end(reason);
  });
  return {
    ask(request) {
      if (gone) return Promise.resolve(reason);
      missing = undefined;
      return new Promise((resolve) => {
        settle = resolve;
        socket.write(request);
      });
    },
    closed: () => gone,
    close: () => socket.destroy(),
  };
}
