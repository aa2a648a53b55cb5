import encodeUrl from 'encodeurl';
import type { HttpReply } from './types.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

function page(title: string, text: string): string {
  return `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>${title}</title>\n</head>\n<body>\n<pre>${escapeHtml(text)}</pre>\n</body>\n</html>\n`;
}

const guards = { 'Content-Security-Policy': "default-src 'none'", 'X-Content-Type-Options': 'nosniff' };

/** The page for a path or method that has no route, as Express sends it: probes and scripts match on its text. */
export function notFoundPage(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  withBody: boolean,
): HttpReply {
  const body = page('Error', `Cannot ${method} ${encodeUrl(path)}`);
  const sent: Record<string, string> = {
    ...headers,
    ...guards,
    'Content-Type': 'text/html; charset=utf-8',
    Vary: headers.Vary === undefined ? 'Accept-Encoding' : `${headers.Vary}, Accept-Encoding`,
  };
  if (withBody) return { status: 404, headers: sent, body };
  return { status: 404, headers: { ...sent, 'Content-Length': String(Buffer.byteLength(body)) }, body: null };
}

/** A permanent redirect to another path of this server, as static file servers send it. */
export function redirectPage(location: string): HttpReply {
  return {
    status: 301,
    headers: { ...guards, 'Content-Type': 'text/html; charset=UTF-8', Location: location },
    body: page('Redirecting', `Redirecting to ${location}`),
  };
}
