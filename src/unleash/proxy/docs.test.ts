import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type TestRequest, testRequest } from '../../http/testing.ts';
import { createDocs } from './docs.ts';

const folder = new URL('../../../node_modules/swagger-ui-dist/', import.meta.url);

function docs(basePath = '') {
  const read: string[] = [];
  const handler = createDocs({
    basePath,
    keyHeaderName: 'X-Key',
    version: '1.2.3',
    prometheus: true,
    readAsset: async (name) => {
      read.push(name);
      return readFile(new URL(name, folder));
    },
    toYaml: async (value) => (await import('yaml')).stringify(value, { aliasDuplicateObjects: false }),
  });
  const ask = async (url: string, more: TestRequest = {}) => handler(testRequest({ url, ...more }));
  return { ask, read };
}

const textOf = (body: Uint8Array | string | null | undefined) => Buffer.from(body ?? '').toString('utf8');

describe('the document', () => {
  it('is the same as JSON and as YAML, in any case and with a trailing slash', async () => {
    const { ask } = docs();
    const json = await ask('/docs/openapi.json');
    expect(json).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json; charset=utf-8' } });
    const document = JSON.parse(textOf(json?.body));
    expect(document.info).toMatchObject({ title: 'Unleash Proxy API', version: '1.2.3' });
    for (const path of ['/docs/openapi.yaml', '/docs/openapi.yml', '/DOCS/OpenAPI.YAML/']) {
      const yaml = await ask(path);
      expect(yaml?.headers['Content-Type']).toBe('text/yaml; charset=utf-8');
      expect(textOf(yaml?.body)).not.toMatch(/[&*]a1\b/);
      expect(parse(textOf(yaml?.body))).toEqual(document);
    }
  });

  it('answers HEAD with the length and a good copy with 304', async () => {
    const { ask } = docs();
    const get = await ask('/docs/openapi.json');
    const head = await ask('/docs/openapi.json', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: null, headers: { 'Content-Length': String(get?.body?.length) } });
    const etag = get?.headers.ETag ?? '';
    const again = await ask('/docs/openapi.json', { headers: { 'if-none-match': etag } });
    expect(again).toMatchObject({ status: 304, body: null, headers: { ETag: etag } });
  });

  it('shows single components and says which does not exist', async () => {
    const { ask } = docs();
    const scheme = await ask('/docs/openapi/components/securitySchemes/apiKey.json');
    expect(JSON.parse(textOf(scheme?.body))).toEqual({ type: 'apiKey', in: 'header', name: 'X-Key' });
    for (const name of ['schemas/nope', '__proto__/toString', 'schemas/__proto__']) {
      const missing = await ask(`/docs/openapi/components/${name}.json`);
      expect([missing?.status, textOf(missing?.body)]).toEqual([404, `{"error":"Component does not exist: ${name}"}`]);
    }
    const valid = JSON.parse(textOf((await ask('/docs/openapi/validate'))?.body));
    expect(valid).toMatchObject({ valid: true, document: { openapi: '3.0.3' } });
  });
});

describe('Swagger UI', () => {
  it('is a page whose files all come from here', async () => {
    const { ask } = docs('/base');
    for (const path of ['/base/docs/openapi/', '/base/docs/openapi/some/deep/path']) {
      const page = await ask(path);
      expect(page).toMatchObject({ status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } });
      expect(page?.headers['Content-Security-Policy']).toContain("default-src 'none'");
      const links = [...textOf(page?.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
      expect(links).toHaveLength(6);
      for (const link of links) {
        const { pathname } = new URL(link, `http://halyard.test${path}`);
        const file = await ask(pathname);
        expect(file?.headers['Content-Type'], pathname).toMatch(/^(text\/(css|javascript); charset=utf-8|image\/png)$/);
        expect(file?.body?.length).toBeGreaterThan(50);
      }
    }
  });

  it('reads a file once, when it is asked for, and sends it with HEAD and 304', async () => {
    const { ask, read } = docs();
    await ask('/docs/openapi/');
    expect(read).toEqual([]);
    const css = await ask('/docs/openapi/swagger-ui.css');
    const head = await ask('/docs/openapi//swagger-ui.css', { method: 'HEAD' });
    expect(head?.headers['Content-Length']).toBe(String(css?.body?.length));
    const etag = css?.headers.ETag ?? '';
    expect((await ask('/docs/openapi/swagger-ui.css', { headers: { 'if-none-match': etag } }))?.status).toBe(304);
    expect(read).toEqual(['swagger-ui.css']);
  });

  it.each([
    '/docs/openapi/../package.json',
    '/docs/openapi/..%2f..%2fpackage.json',
    '/docs/openapi/package.json',
    '/docs/openapi/%2e%2e/package.json',
    '/docs/openapi/swagger-ui.css%00',
    '/docs/openapi//etc/passwd',
    '/docs/openapi/constructor',
  ])('reads no other file: %s', async (path) => {
    const { ask, read } = docs();
    const page = await ask(path);
    expect(textOf(page?.body)).toContain('<div id="swagger-ui">');
    expect(read).toEqual([]);
  });
});

describe('routing', () => {
  it('redirects to the page, also inside another Express application', async () => {
    const { ask } = docs('/base');
    const moved = await ask('/base/docs/openapi');
    expect(moved).toMatchObject({ status: 301, headers: { Location: '/base/docs/openapi/' } });
    const head = await ask('/base/docs/openapi', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 301, body: null, headers: { 'Content-Length': String(moved?.body?.length) } });
    const request = { ...testRequest({ url: '/docs/openapi' }), native: { baseUrl: '/flags' } };
    const options = { keyHeaderName: 'x', version: '', prometheus: true, readAsset: async () => new Uint8Array() };
    const mounted = createDocs({ basePath: '', ...options, toYaml: async () => '' });
    expect(await mounted(request)).toMatchObject({ headers: { Location: '/flags/docs/openapi/' } });
  });

  it('leaves other paths and methods to the rest', async () => {
    const { ask } = docs('/base');
    for (const path of ['/docs/openapi.json', '/base/docs', '/base/docs/openapix', '/base/docs/openapi.jsonx', '/']) {
      expect(await ask(path), path).toBeUndefined();
    }
    expect(await ask('/base/docs/openapi.json', { method: 'POST' })).toBeUndefined();
    for (const path of ['/base/docs/openapi.json', '/base/docs/openapi/']) {
      const options = await ask(path, { method: 'OPTIONS' });
      expect(options).toMatchObject({ status: 200, headers: { Allow: 'GET, HEAD' }, body: 'GET, HEAD' });
    }
  });
});
