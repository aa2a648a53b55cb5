import { type OperatorRoute, operatorText } from './routes.ts';

/** Nothing comes from elsewhere, nothing is written into the page by anybody, and nobody puts it into a frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'Content-Security-Policy': policy,
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Files of the page, and their content types. */
export const pageFiles: ReadonlyMap<string, string> = new Map([
  ['status.html', 'text/html; charset=utf-8'],
  ['status.css', 'text/css; charset=utf-8'],
  ['status.js', 'text/javascript; charset=utf-8'],
  ['charts.js', 'text/javascript; charset=utf-8'],
  ['dom.js', 'text/javascript; charset=utf-8'],
  ['environments.js', 'text/javascript; charset=utf-8'],
  ['explain.js', 'text/javascript; charset=utf-8'],
  ['flags.js', 'text/javascript; charset=utf-8'],
]);

/**
 * The status page: `GET /halyard/` and the files that it consists of.
 *
 * @param mount path of the mounting point
 * @param read finds a file of the page by its name
 */
export function pageRoutes(mount: string, read: (name: string) => Promise<string>): OperatorRoute[] {
  const route = (path: string, name: string, type: string): OperatorRoute => ({
    method: 'GET',
    path,
    need: 'token-or-loopback',
    answer: async () => operatorText(200, type, await read(name), headers),
  });
  return [
    {
      method: 'GET',
      path: '',
      need: 'token-or-loopback',
      answer: () => operatorText(308, 'text/plain; charset=utf-8', `See ${mount}/\n`, { Location: `${mount}/` }),
    },
    route('/', 'status.html', 'text/html; charset=utf-8'),
    ...[...pageFiles].map(([name, type]) => route(`/${name}`, name, type)),
  ];
}
