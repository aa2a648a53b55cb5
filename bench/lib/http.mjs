// Single requests over fresh connections, for everything that is not load.
import { request } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sends one request on a connection of its own; resolves with status, headers and the body as it came. */
export function send(url, { method = 'GET', headers = {}, timeoutMs = 30_000 } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, timeout: timeoutMs }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url} in ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end();
  });
}

/** Asks again and again until the answer is 200, or `wanted`; throws with the process's output when it ended or took too long. */
export async function untilOk(child, url, headers = {}, limitMs = 60_000, wanted = 200) {
  const deadline = performance.now() + limitMs;
  let last = 'nothing listened';
  while (performance.now() < deadline && !child.hasExited()) {
    try {
      const answer = await send(url, { headers });
      if (answer.status === wanted) return answer;
      last = `the last answer was ${answer.status}`;
    } catch (error) {
      last = error.message;
    }
    await sleep(2);
  }
  throw new Error(`${child.name} gave no answer (${last}); it said:\n${child.output().slice(0, 2_000)}`);
}

/** A port that was free a moment ago. */
export const freePort = async () => (await freePorts(1))[0];

/** Different ports that were free a moment ago. */
export async function freePorts(count) {
  const probes = await Promise.all(Array.from({ length: count }, openProbe));
  const ports = probes.map((probe) => probe.address().port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

function openProbe() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => resolve(probe));
  });
}
