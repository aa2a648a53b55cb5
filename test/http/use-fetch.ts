/** What `fetch` of the runtime that this runs on makes of a server: `use-fetch.ts <address>` prints it as JSON. */
import { fileURLToPath } from 'node:url';
import { pieces, text, uploadLimitBytes } from './clients-server.ts';

/** One after the other, and some at once. @returns what came of each */
export async function useFetch(base: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const short = (body: string) => {
    if (body === text) return 'the text';
    return body === pieces.join('') ? 'the pieces' : body;
  };
  const ask = async (path: string, init: RequestInit & { duplex?: 'half' } = {}) => {
    const response = await fetch(`${base}${path}`, init);
    return `${response.status} ${short(await response.text())}`;
  };
  found.get = await ask('/a?b=c');
  for (const method of ['DELETE', 'OPTIONS', 'PUT', 'PATCH', 'POST']) found[method] = await ask('/a', { method });
  const head = await fetch(`${base}/text`, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } });
  found.head = `${head.status} ${head.headers.get('content-length')} <${await head.text()}>`;
  for (const coding of ['gzip', 'br', 'deflate', 'identity']) {
    const response = await fetch(`${base}/text`, { headers: { 'accept-encoding': coding } });
    found[coding] = `${response.headers.get('content-encoding')} ${short(await response.text())}`;
  }
  found['not modified'] = await ask('/text', { headers: { 'if-none-match': '"1"' } });
  found.nothing = await ask('/nothing');
  found.late = await ask('/late');
  found.stream = await ask('/stream');
  const upload = (bytes: number) => ({ method: 'POST', body: new Uint8Array(bytes).fill(7) });
  found['a small upload'] = await ask('/upload', upload(10));
  found['the largest upload'] = await ask('/upload', upload(uploadLimitBytes));
  found['an upload that is too large'] = await ask('/upload', upload(uploadLimitBytes + 1));
  found['an upload that nobody reads'] = await ask('/unread', upload(500_000));
  const chunks = (count: number) =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (count-- > 0) controller.enqueue(new Uint8Array(20_000).fill(7));
        else controller.close();
      },
    });
  found['an upload in chunks'] = await ask('/upload', { method: 'POST', body: chunks(20), duplex: 'half' });
  found['an upload in chunks that is too large'] = await ask('/upload', {
    method: 'POST',
    body: chunks(60),
    duplex: 'half',
  });
  const many = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i % 2 === 0 ? `/${i}` : '/text')));
  found['many at once'] = String(
    many.filter((one, i) => one === (i % 2 === 0 ? `200 GET /${i}?` : '200 the text')).length,
  );
  const stopped = new AbortController();
  const response = await fetch(`${base}/endless`, { signal: stopped.signal });
  stopped.abort();
  found['a stream that is left'] = await response.text().then(short, (error: Error) => error.name);
  found.afterwards = await ask('/');
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await useFetch(process.argv[2] as string)));
}
