/** Swagger UI of edge mode over sockets: the page, its files and the document that it shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { halyards, repositoryRoot } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

describe.each(halyards())('%s', (subject) => {
  test('the page and all that it asks for, below a base path', async () => {
    const env = { UPSTREAM_URL: 'http://127.0.0.1:9', BASE_PATH: '/flags' };
    const server = await startServer(subject, { args: ['edge', '--dynamic'], env, waitFor: 'nothing' });
    try {
      const page = () => server.get('/flags/swagger-ui/').catch(() => undefined);
      await eventually('the page', async () => (await page())?.status === 200);
      const { text, headers } = await server.get('/flags/swagger-ui/');
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      const names = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, name = '']) => name);
      expect(names).toHaveLength(6);
      for (const name of names) {
        const reply = await server.get(`/flags/swagger-ui/${name}`);
        expect([name, reply.status]).toEqual([name, 200]);
        if (name === 'swagger-initializer.js') continue;
        const original = readFileSync(join(repositoryRoot, 'node_modules', 'swagger-ui-dist', name));
        expect(reply.body.equals(original), name).toBe(true);
        const etag = reply.headers.etag ?? '';
        expect((await server.get(`/flags/swagger-ui/${name}`, { 'if-none-match': etag })).status).toBe(304);
      }
      const document = JSON.parse((await server.get('/flags/api-doc/openapi.json')).text);
      expect(document).toMatchObject({ info: { title: 'Unleash Edge' }, servers: [{ url: '/flags' }] });
      expect((await server.get('/flags/swagger-ui/LICENSE')).status).toBe(404);
    } finally {
      expect((await server.stop()).code).toBe(0);
    }
  });
});
