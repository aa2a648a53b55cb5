import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createStreamOpener } from './stream.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

const serve = async (listener: RequestListener): Promise<string> => {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
};
const open = createStreamOpener({ rejectUnauthorized: true });
const request = (url: string, signal = new AbortController().signal, timeoutMs = 20_000) =>
  open({ url, headers: { Accept: 'text/event-stream' }, timeoutMs, signal });
const readAll = async (chunks: AsyncIterable<Uint8Array>, onText: (text: string) => void = () => undefined) => {
  let text = '';
  for await (const chunk of chunks) {
    text += Buffer.from(chunk).toString();
    onText(text);
  }
  return text;
};

describe('a stream from upstream, on Node', () => {
  it('comes piece by piece, as it is, and ends when upstream ends it', async () => {
    let end = () => {};
    const url = await serve((incoming, response) => {
      response.write(`${incoming.headers.accept} ${incoming.headers['accept-encoding']} `);
      end = () => void response.end('end');
    });
    const { status, chunks } = await request(url);
    const seen: string[] = [];
    expect(status).toBe(200);
    const readPiece = (text: string) => {
      // The second piece is sent when the first one has come.
      if (seen.push(text) === 1) end();
    };
    expect(await readAll(chunks, readPiece)).toBe('text/event-stream identity end');
    expect(seen).toEqual(['text/event-stream identity ', 'text/event-stream identity end']);
  });

  it('can be left at any time', async () => {
    const url = await serve((_, response) => response.write('first'));
    const stop = new AbortController();
    const { chunks } = await request(url, stop.signal);
    const reading = readAll(chunks, () => stop.abort());
    await expect(reading).rejects.toThrow();
    await expect(request(url, AbortSignal.abort())).rejects.toMatchObject({ failure: 'aborted' });
  });

  it('has no limit of time once its head is there', async () => {
    const url = await serve((_, response) => {
      response.write('first');
      setTimeout(() => response.end('late'), 3_300);
    });
    const { chunks } = await request(url, new AbortController().signal, 3_000);
    expect(await readAll(chunks)).toBe('firstlate');
  });

  it('says when it breaks off', async () => {
    const url = await serve((_, response) => {
      response.write('first');
      setTimeout(() => response.destroy(), 30);
    });
    const { chunks } = await request(url);
    await expect(readAll(chunks)).rejects.toThrow();
  });

  it('says when there is no answer, and hides credentials', async () => {
    const url = await serve(() => undefined);
    await expect(request(url, new AbortController().signal, 100)).rejects.toMatchObject({ failure: 'timeout' });
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    const secret = url.replace('http://', 'http://user:secret@');
    const error = await request(secret).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ failure: 'network', code: 'ECONNREFUSED' });
    expect(String(error)).not.toContain('secret');
    await expect(request('nonsense')).rejects.toMatchObject({ failure: 'network' });
  });
});
