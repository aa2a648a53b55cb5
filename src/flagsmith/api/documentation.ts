import { Entity } from '../../http/entity.ts';
import { type ApiOperation, openApiDocument, operations } from './openapi.ts';
import type { Answer } from './replies.ts';

const openApi = new Entity(JSON.stringify(openApiDocument), 'application/json');

/** `/openapi.json` and the pages made from it: `/docs`, `/redoc`, and the page that closes a sign-in window. */
export function createDocumentationRoutes(): ReadonlyMap<string, () => Answer> {
  const page = html('Flagsmith API', `<h1>Flagsmith API</h1>${operations.map(section).join('')}`);
  const signedIn = html('Signed in', '<p>This window can be closed.</p>');
  return new Map<string, () => Answer>([
    ['/openapi.json', () => ({ status: 200, contentType: 'application/json', body: openApi })],
    ['/docs', page],
    ['/redoc', page],
    ['/docs/oauth2-redirect', signedIn],
  ]);
}

function html(title: string, content: string): () => Answer {
  const contentType = 'text/html; charset=utf-8';
  const style = 'body{font:16px/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}code{font-size:.95em}';
  const text = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head><body>${content}</body></html>`;
  const body = new Entity(text, contentType);
  return () => ({ status: 200, contentType, body });
}

function section({ method, path, summary, parameters }: ApiOperation): string {
  const items = parameters.map(({ name, place, text }) => `<li><code>${name}</code> (${place}): ${text}</li>`).join('');
  const list = items === '' ? '' : `<ul>${items}</ul>`;
  return `<h2><code>${method.toUpperCase()} ${path}</code></h2><p>${summary}</p>${list}`;
}
