// Takes real answers as bytes and headers, for the limits to repeat.
import { writeFileSync } from 'node:fs';
import { send } from '../lib/http.mjs';

// Headers that describe the connection or the framing: the host of a limit sets its own.
const ofTheConnection = new Set(['connection', 'keep-alive', 'date', 'transfer-encoding', 'content-length', 'server']);

/**
 * Asks the subject on `port` once per kind of reply, and writes what came back to `file`.
 *
 * @returns by kind the `bytes` of the body, and the headers it was `asked` with: the limits get the same requests
 */
export async function captureReplies(port, workloads, file) {
  const replies = {};
  for (const workload of workloads) {
    if (replies[workload.reply]) continue;
    const url = `http://127.0.0.1:${port}${workload.probePath}`;
    const asked = await headersFor(workload, port);
    const answer = await send(url, { headers: asked });
    const wanted = workload.conditional ? 304 : 200;
    if (answer.status !== wanted) throw new Error(`${answer.status} instead of ${wanted} for ${workload.id}`);
    replies[workload.reply] = {
      status: answer.status,
      headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !ofTheConnection.has(name))),
      body: answer.body.toString('base64'),
      bytes: answer.body.length,
      asked,
    };
  }
  writeFileSync(file, JSON.stringify(replies));
  return Object.fromEntries(Object.entries(replies).map(([name, { bytes, asked }]) => [name, { bytes, asked }]));
}

/** A workload's headers; conditional ones name the entity tag that the server itself gave. */
export async function headersFor({ conditional, probePath, headers }, port) {
  if (!conditional) return headers;
  const { headers: given } = await send(`http://127.0.0.1:${port}${probePath}`, { headers });
  if (given.etag === undefined) throw new Error('there is no entity tag to ask with');
  return { ...headers, 'if-none-match': given.etag };
}
