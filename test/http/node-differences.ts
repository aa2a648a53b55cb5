/**
 * Where our own HTTP does, on purpose, something else than Node's with what test/http/raw-requests.ts sends: by the name of
 * the conversation.
 */
export interface NodeDifference {
  /** What ours does. */
  readonly own: 'answers' | 'refuses';
  readonly why: string;
}

const refuses = (why: string): NodeDifference => ({ own: 'refuses', why });
const answers = (why: string): NodeDifference => ({ own: 'answers', why });

const spaces = 'one space and nothing else is between the parts of a first line (RFC 9112 section 3)';
const lines = 'before a request there may be empty lines, and lines end with both characters (RFC 9112 section 2.2)';
const hosts = 'Host is there once (RFC 9112 section 3.2)';
const noHost = 'no answer depends on it, and Unleash Edge answers health checks that have none';
const codings = 'a body that is chunked and compressed is for who can undo both (RFC 9112 section 6.1)';
const methods = 'methods that nobody knows are for the routes to refuse (RFC 9110 section 9.1)';

export const nodeDifferences: Readonly<Record<string, NodeDifference>> = {
  'an expectation that nobody knows': refuses('a body may follow or not, so the connection ends with the answer'),
  'Proxy-Connection: close': answers('it says nothing about this connection (RFC 9112 section C.2.2)'),
  'two spaces behind the method': refuses(spaces),
  'two spaces before the version': refuses(spaces),
  'line feeds alone before': refuses(lines),
  'a carriage return alone before': refuses(lines),
  'UTF-8 in the target': answers("so does Bun's server"),
  'names that objects have': answers('all fields are kept; Node loses __proto__'),
  'a method that nobody knows': answers(methods),
  'a method in lower case': answers(methods),
  'HTTP/1.2': answers('who knows 1.2 understands answers of 1.1 (RFC 9110 section 2.5)'),
  'a target that begins with a star': refuses('a star stands alone (RFC 9112 section 3.2.4)'),
  'no Host': answers(noHost),
  'no field at all': answers(noHost),
  'two Hosts': refuses(hosts),
  'the same Host twice': refuses(hosts),
  'a length with a tab behind it': answers('tabs around a value do not belong to it (RFC 9112 section 5)'),
  'another and TE': refuses(codings),
  'TE: gzip, chunked': refuses(codings),
  'TE with an empty element': refuses('a list with gaps is read differently by different readers'),
  'TE with HTTP/1.0 that stays': refuses('chunks came with HTTP/1.1 (RFC 9112 section 6.1)'),
  'a chunk with spaces around the semicolon': answers('extensions may have spaces there (RFC 9112 section 7.1.1)'),
  'a trailer with fields that count': answers('trailers are read over, so nothing in them counts'),
  'an extension of 2 kB': refuses('what is read over has a bound'),
  'a trailer of 20 kB': refuses('what is read over has a bound'),
  'a head of 128 KiB and one byte': refuses('the bound is for the whole head, in which Node counts less'),
  '3,000 fields': answers('all fields are kept; Node leaves out those behind the thousandth'),
};
