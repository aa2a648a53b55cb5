// What subjects answer before they are loaded: what the bare server repeats, and whether both runtimes say the same.
import { bodiesOf, flagsPath, headersOf, identitiesPath } from './workloads.mjs';

async function ask(port, dataset, body) {
  const url = `http://127.0.0.1:${port}${body === undefined ? flagsPath : identitiesPath}`;
  const headers = { ...headersOf(dataset), 'Content-Type': 'application/json', 'Accept-Encoding': 'identity' };
  const response = await fetch(url, body === undefined ? { headers } : { method: 'POST', headers, body });
  if (response.status !== 200) throw new Error(`answer ${response.status} from ${url}`);
  return response;
}

/** Bytes and type of the answers that the bare server sends, by path. */
export async function captureReplies(port, dataset) {
  const capture = async (body) => {
    const response = await ask(port, dataset, body);
    const headers = { 'Content-Type': response.headers.get('content-type') };
    return { headers, body: Buffer.from(await response.arrayBuffer()).toString('base64') };
  };
  const [body] = bodiesOf(dataset, 1, 11);
  return { [flagsPath]: await capture(), [identitiesPath]: await capture(body) };
}

/** A fast wrong answer is worth nothing: both runtimes must answer alike, and every identity's name must come back. */
export async function compareAnswers(servers, dataset) {
  for (const body of [undefined, ...bodiesOf(dataset, 20, 23)]) {
    const texts = [];
    for (const { port } of servers) texts.push(await (await ask(port, dataset, body)).text());
    if (texts.some((text) => text !== texts[0])) throw new Error(`the subjects answer differently: ${body}`);
    const name = body && JSON.stringify(JSON.parse(body).identifier);
    if (name && !texts[0].includes(name)) throw new Error(`the answer does not name ${name}`);
  }
}
