import { describe, expect, it } from 'vitest';
import type { Answer } from './answers.ts';
import { createApiPage } from './api-page.ts';
import { createTagger, EdgeEntity } from './entity.ts';

async function page(readAsset = async (name: string) => Buffer.from(`file ${name}`)) {
  const read: string[] = [];
  const tagger = await createTagger(false);
  const answer = createApiPage({
    tagger,
    readAsset(name) {
      read.push(name);
      return readAsset(name);
    },
  });
  const ask = async (path: string) => {
    const { status, body, headers }: Answer = await answer(path);
    const text = body instanceof EdgeEntity ? Buffer.from(body.bytes).toString() : body;
    return { status, text, headers, type: body instanceof EdgeEntity ? body.contentType : undefined };
  };
  return { ask, read };
}

describe('createApiPage', () => {
  it.each([
    ['/swagger-ui/', 'href="swagger-ui.css"'],
    ['/base/swagger-ui/index.html', 'src="swagger-ui-bundle.js"'],
    ['/swagger-ui', 'href="swagger-ui/swagger-ui.css"'],
  ])('%s is the page, with files of its own folder', async (path, link) => {
    const { status, text, type, headers } = await (await page()).ask(path);
    expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain(link);
    expect(text).toContain('<title>Unleash Edge API</title>');
    expect(headers?.['Content-Security-Policy']).toContain("script-src 'self'");
  });

  it('reads each file once, and again after a failure', async () => {
    let fails = true;
    const { ask, read } = await page(async (name) => {
      if (fails) throw new Error(`no ${name}`);
      return Buffer.from('bytes');
    });
    await expect(ask('/swagger-ui/swagger-ui.css')).rejects.toThrow('no swagger-ui.css');
    fails = false;
    expect(await ask('/swagger-ui/swagger-ui.css')).toMatchObject({
      status: 200,
      type: 'text/css; charset=utf-8',
      text: 'bytes',
    });
    await ask('/swagger-ui/swagger-ui.css');
    expect(read).toEqual(['swagger-ui.css', 'swagger-ui.css']);
  });

  it('starts on the document that lies beside the folder', async () => {
    const { ask, read } = await page();
    const { text, type } = await ask('/swagger-ui/swagger-initializer.js');
    expect(type).toBe('text/javascript; charset=utf-8');
    expect(text).toContain("new URL('../api-doc/openapi.json', document.currentScript.src)");
    expect(read).toEqual([]);
  });

  it.each(['/swagger-ui/LICENSE', '/swagger-ui/..', '/swagger-ui/%2e%2e', '/swagger-ui/package.json'])(
    '%s is not there, and nothing is read for it',
    async (path) => {
      const { ask, read } = await page();
      expect((await ask(path)).status).toBe(404);
      expect(read).toEqual([]);
    },
  );
});
