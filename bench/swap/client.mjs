// A few keep-alive connections that time every request: what a user of the server notices while something else happens.
import { Agent, request } from 'node:http';

/**
 * Keeps `connections` requests under way until `stop()`. Every request is recorded with its time and status; `seen(text)`
 * resolves with the moment at which an answer first held `text`.
 */
export function startClient({ url, headers, connections }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const samples = [];
  let waiting;
  let running = true;

  async function loop() {
    while (running) {
      const from = performance.now();
      const { failure, body } = await once();
      const to = performance.now();
      samples.push({ from, ms: to - from, failure });
      if (waiting && body?.includes(waiting.text)) {
        waiting.resolve(to);
        waiting = undefined;
      }
      // A pause: this client is there to notice stalls, the load comes from wrk.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  function once() {
    return new Promise((resolve) => {
      const sent = request(url, { agent, headers, timeout: 30_000 }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', (error) => resolve({ failure: error.message }));
        response.on('end', () => {
          const failure = response.statusCode === 200 ? undefined : `status ${response.statusCode}`;
          resolve({ failure, body: Buffer.concat(chunks) });
        });
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer in 30 s')));
      sent.on('error', (error) => resolve({ failure: error.message }));
      sent.end();
    });
  }

  const loops = Array.from({ length: connections }, loop);
  return {
    samples,
    seen(text, limitMs) {
      return new Promise((resolve, reject) => {
        waiting = { text, resolve };
        setTimeout(() => reject(new Error(`no answer held ${text} within ${limitMs} ms`)), limitMs).unref();
      });
    },
    async stop() {
      running = false;
      await Promise.all(loops);
      agent.destroy();
    },
  };
}
