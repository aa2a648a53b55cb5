import type { HttpReply } from '../types.ts';

/**
 * Reason phrases of the statuses in use, in the standards' words. `node:http` has them, too, but loading it takes 9 MiB on Bun.
 *
 * Source: RFC 9110 section 15, RFC 6585.
 */
const phrases: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  422: 'Unprocessable Entity',
  424: 'Failed Dependency',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  511: 'Network Authentication Required',
};

/** As long as any other: what is written for a second can be written over for the next. */
export const dateLength = 'Sun, 06 Nov 1994 08:49:37 GMT'.length;
const dateStart = '\r\nDate: ';
/** What stands behind the date of a head that ends with it. */
export const headEnd = '\r\n\r\n';

const nameForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const valueForm = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Names that were looked at. There are as many as the program has, and a few of extensions. */
const goodNames = new Set<string>();
const mostNames = 1_000;

/**
 * Status line and headers without a date: a text in which each character stands for a byte.
 *
 * @throws TypeError where a header could not be told from what comes after it
 */
export function headText({ status, headers }: HttpReply): string {
  let text = statusLine(status);
  for (const name in headers) {
    const value = headers[name] as string;
    if (!goodNames.has(name)) checkName(name);
    if (!valueForm.test(value)) throw new TypeError(`a header's value has characters that cannot be sent: ${name}`);
    text += `\r\n${name}: ${value}`;
  }
  return text;
}

/** `HTTP/1.1 200 OK` */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${phrases[status] ?? 'Unknown'}`;
}

/** Whether replies of this status never have a body, nor a length of one. */
export function isBodiless(status: number): boolean {
  return status === 304 || status === 204 || status < 200;
}

/** The header `Date`, as the last one. Its text is {@link dateLength} long and ends where the text does. */
export function dated(head: string): string {
  return `${head}${dateStart}${currentDate().text}`;
}

let lastDate = { second: 0, text: '' };

/** The time by the second, as `Date` has it. The same object for as long as that is the time. */
export function currentDate(): { readonly second: number; readonly text: string } {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== lastDate.second) lastDate = { second, text: new Date(second * 1_000).toUTCString() };
  return lastDate;
}

function checkName(name: string): void {
  if (!nameForm.test(name)) throw new TypeError('a header has a name that cannot be sent');
  if (goodNames.size < mostNames) goodNames.add(name);
}
