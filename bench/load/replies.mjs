// Takes one real answer as bytes and headers, for the bare server to repeat.
import { writeFileSync } from 'node:fs';
import { send } from '../lib/http.mjs';
import { workloads } from '../workloads.mjs';

// Headers that describe the connection or the framing: the bare server's host sets its own.
const ofTheConnection = new Set(['connection', 'keep-alive', 'date', 'transfer-encoding', 'content-length']);

/** Asks the subject on `port` once per kind of reply and writes what came back to `file`. */
export async function captureReplies(port, file) {
  const replies = {};
  for (const { reply, path, headers } of workloads) {
    if (replies[reply] || path.includes('RANDOM')) continue;
    const answer = await send(`http://127.0.0.1:${port}${path}`, { headers });
    replies[reply] = {
      headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !ofTheConnection.has(name))),
      body: answer.body.toString('base64'),
      bytes: answer.body.length,
    };
  }
  writeFileSync(file, JSON.stringify(replies));
  return Object.fromEntries(Object.entries(replies).map(([name, reply]) => [name, reply.bytes]));
}
