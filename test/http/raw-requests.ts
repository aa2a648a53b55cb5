/** What clients send, byte by byte: the ordinary, the odd and the hostile. Each character stands for a byte. */

/** One conversation. */
export interface RawConversation {
  readonly name: string;
  readonly bytes: string;
  /**
   * How it goes on: with {@link lastRequest}, with nothing (the server is to close), or with the client's word that it sends
   * no more, for requests that never come to their end.
   */
  readonly ends: 'last request' | 'nothing' | 'end';
}

const all: RawConversation[] = [];
const add = (name: string, bytes: string) => all.push({ name, bytes, ends: 'last request' });
const addLast = (name: string, bytes: string) => all.push({ name, bytes, ends: 'nothing' });
const addCut = (name: string, bytes: string) => all.push({ name, bytes, ends: 'end' });

const host = 'Host: flags.example.com\r\n';
const get = (target: string, fields = '') => `GET ${target} HTTP/1.1\r\n${host}${fields}\r\n`;
const withBody = (fields: string, body: string) => `POST /body HTTP/1.1\r\n${host}${fields}\r\n${body}`;
const withLength = (length: string, body = 'hello') => withBody(`Content-Length: ${length}\r\n`, body);
const withCoding = (fields: string, body = '5\r\nhello\r\n0\r\n\r\n') => withBody(fields, body);
const chunked = (body: string) => withCoding('Transfer-Encoding: chunked\r\n', body);
/** What is smuggled in, if somebody takes it for a request. */
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

// Ordinary requests.
add('GET', get('/api/client/features'));
add('GET with a query', get('/proxy?userId=1&properties[a]=b%20c&x=%2F'));
add('HEAD', `HEAD / HTTP/1.1\r\n${host}\r\n`);
add('DELETE', `DELETE /a HTTP/1.1\r\n${host}\r\n`);
add('OPTIONS with a path', `OPTIONS /proxy HTTP/1.1\r\n${host}Origin: https://a.example\r\n\r\n`);
add('PUT with a body', `PUT / HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc`);
add('PATCH with a body', `PATCH / HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc`);
add('GET with a body', `GET / HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc`);
add('POST with a body', withLength('5'));
add('POST with an empty body', withLength('0', ''));
add('POST without a length', withBody('', ''));
add('POST with bytes that are no text', withLength('256', String.fromCharCode(...Array(256).keys())));
add('two requests at once', get('/1') + get('/2'));
add('twenty requests at once', Array.from({ length: 20 }, (_, i) => get(`/${i}`)).join(''));
add('a body, then a request', withLength('5') + get('/2'));
add('chunks, then a request', chunked('5\r\nhello\r\n0\r\n\r\n') + get('/2'));
add('chunks in pieces', chunked('1\r\nh\r\n2\r\nel\r\n2\r\nlo\r\n0\r\n\r\n'));
add('no chunk at all', chunked('0\r\n\r\n'));

// As SDKs, tools and browsers send them.
add(
  'the Unleash SDK of Node',
  get(
    '/api/client/features',
    'UNLEASH-APPNAME: app\r\nUNLEASH-INSTANCEID: i\r\nUser-Agent: app\r\nAuthorization: *:development.x\r\nIf-None-Match: W/"1:2"\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n',
  ),
);
add(
  'the Unleash SDK of Java',
  get(
    '/api/client/features',
    'Accept: */*\r\nUnleash-Client-Spec: 5.1.9\r\nConnection: Keep-Alive\r\nAccept-Encoding: gzip\r\n',
  ),
);
add('metrics of an SDK', withBody('Content-Type: application/json\r\nContent-Length: 13\r\n', '{"appName":1}'));
add('curl', get('/', 'User-Agent: curl/8.5.0\r\nAccept: */*\r\n'));
add(
  'a browser',
  get(
    '/proxy',
    'Connection: keep-alive\r\nsec-ch-ua: "Chromium";v="130"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nOrigin: https://a.example\r\nSec-Fetch-Mode: cors\r\nReferer: https://a.example/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: de-DE,de;q=0.9\r\nCookie: a=b; c=d\r\n',
  ),
);
addLast(
  'a health check of a load balancer',
  'GET /health HTTP/1.1\r\nHost: 10.0.0.1:4242\r\nConnection: close\r\nUser-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n',
);
add(
  'ApacheBench',
  'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: a\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n',
);
addLast('wget 1.0', 'GET / HTTP/1.0\r\n\r\n');
addLast(
  'nginx as a proxy',
  'GET / HTTP/1.0\r\nHost: upstream\r\nConnection: close\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n',
);
add('names in lower case', 'GET / HTTP/1.1\r\nhost: a\r\nx-a: b\r\n\r\n');
add('names in upper case', 'GET / HTTP/1.1\r\nHOST: a\r\nX-A: b\r\n\r\n');
addCut(
  'a request for WebSockets',
  get(
    '/ws',
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
  ),
);
addCut(
  'a request for HTTP/2',
  get('/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'),
);
add('Expect: 100-continue', withBody('Content-Length: 5\r\nExpect: 100-continue\r\n', 'hello'));
add('Expect in upper case', withBody('Content-Length: 5\r\nExpect: 100-CONTINUE\r\n', 'hello'));
add('an expectation that nobody knows', withBody('Content-Length: 5\r\nExpect: cake\r\n', 'hello'));
add('TE and Trailer', get('/', 'TE: trailers, deflate;q=0.5\r\nTrailer: X-Sum\r\n'));

// Connections.
addLast('Connection: close', get('/', 'Connection: close\r\n'));
addLast('Connection: close, among others', get('/', 'Connection: te, Close\r\n'));
addLast('Connection: close, in a field of its own', get('/', 'Connection: te\r\nConnection: close\r\n'));
addLast('Connection: keep-alive and close', get('/', 'Connection: keep-alive, close\r\n'));
add('Connection: closed', get('/', 'Connection: closed\r\n'));
add('an empty Connection', get('/', 'Connection:\r\n'));
add('Proxy-Connection: close', get('/', 'Proxy-Connection: close\r\n'));
addLast('HTTP/1.0 with Connection: close', `GET / HTTP/1.0\r\n${host}Connection: close\r\n\r\n`);
addLast('HTTP/1.0 with a body', `POST / HTTP/1.0\r\n${host}Content-Length: 5\r\n\r\nhello`);
add('HTTP/1.0 with a body, and staying', `POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello`);

// Spaces and lines.
add('no space behind the colon', get('/', 'X-A:b\r\n'));
add('much space around a value', get('/', 'X-A: \t  b c \t \r\n'));
add('an empty value', get('/', 'X-A:\r\nX-B: \r\n'));
add('a value with colons', get('/', 'X-A: b: c:d\r\n'));
add('a space before the colon', get('/', 'X-A : b\r\n'));
add('a tab before the colon', get('/', 'X-A\t: b\r\n'));
add('a space before the first name', `GET / HTTP/1.1\r\n ${host}\r\n`);
add('a folded line', get('/', 'X-A: b\r\n c\r\n'));
add('a folded line with a tab', get('/', 'X-A: b\r\n\tc\r\n'));
add('a folded line without a value', get('/', 'X-A:\r\n c\r\n'));
add('a line of spaces only', get('/', 'X-A: b\r\n  \r\nX-B: c\r\n'));
add('a line without a colon', get('/', 'X-A\r\n'));
add('no name', get('/', ': b\r\n'));
add('two spaces behind the method', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n');
add('two spaces before the version', 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n');
add('a tab behind the method', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n');
add('a space before the method', ' GET / HTTP/1.1\r\nHost: a\r\n\r\n');
add('a space behind the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n');
add('a space within the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n');
add('a tab within the target', 'GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n');
add('one empty line before', `\r\n${get('/')}`);
add('many empty lines before', `${'\r\n'.repeat(50)}${get('/')}`);
add('an empty line between', `${get('/1')}\r\n${get('/2')}`);
add('an empty line behind a body', `${withLength('5')}\r\n${get('/2')}`);
add('line feeds alone', 'GET / HTTP/1.1\nHost: a\n\n');
add('a line feed alone behind the first line', `GET / HTTP/1.1\n${host}\r\n`);
add('a line feed alone behind a field', `GET / HTTP/1.1\r\nX-A: b\n${host}\r\n`);
add('a line feed alone behind the head', `GET / HTTP/1.1\r\n${host}\n`);
add('line feeds alone before', `\n\n${get('/')}`);
add('a carriage return alone behind a field', `GET / HTTP/1.1\r\nX-A: b\r${host}\r\n`);
add('a carriage return alone within a value', get('/', 'X-A: b\rc\r\n'));
add('a carriage return alone before', `\r${get('/')}`);
add('two carriage returns', 'GET / HTTP/1.1\r\r\nHost: a\r\n\r\n');
add('a request within a value by line feeds', get('/', 'X-A: b\n\nGET /smuggled HTTP/1.1\nHost: a\n\n\r\n'));

// Characters.
add('NUL in a value', get('/', 'X-A: b\0c\r\n'));
add('NUL in a name', get('/', 'X\0A: b\r\n'));
add('NUL in the target', get('/a\0b'));
add('DEL in a value', get('/', 'X-A: b\x7fc\r\n'));
add('an escape character in a value', get('/', 'X-A: \x1b[31m\r\n'));
add('a vertical tab around a value', get('/', 'X-A: \x0bb\x0c\r\n'));
add('Latin letters in a value', get('/', 'X-A: Gr\xfc\xdfe\r\n'));
add('UTF-8 in a value', get('/', 'X-A: \xe2\x82\xac \xf0\x9f\x98\x80\r\n'));
add('UTF-8 in a name', get('/', 'X-\xc3\xa4: b\r\n'));
add('UTF-8 in the target', get('/\xe2\x82\xac?a=\xc3\xa4'));
add('a name in brackets', get('/', 'X(A): b\r\n'));
add('every character that a name may have', get('/', "!#$%&'*+-.^_`|~09azAZ: b\r\n"));
add('names that objects have', get('/', '__proto__: a\r\nconstructor: b\r\nhasOwnProperty: c\r\n'));
add('a fragment in the target', get('/a#b'));
add('quotes and brackets in the target', get('/a"<>{}|\\^`b'));
add('percents that say nothing', get('/%zz%'));
add('dots in the target', get('/a/../b/./c'));
add('slashes in the target', get('//a//b'));

// First lines.
add('a method that nobody knows', `BREW /pot HTTP/1.1\r\n${host}\r\n`);
add('a method in lower case', `get / HTTP/1.1\r\n${host}\r\n`);
add('a long method', `${'M'.repeat(33)} / HTTP/1.1\r\n${host}\r\n`);
add('a method with brackets', `GE(T / HTTP/1.1\r\n${host}\r\n`);
add('no method', `/ HTTP/1.1\r\n${host}\r\n`);
add('no target', `GET HTTP/1.1\r\n${host}\r\n`);
add('an empty target', `GET  HTTP/1.1\r\n${host}\r\n`);
add('no version', `GET /\r\n${host}\r\n`);
add('HTTP/0.9', 'GET /\r\n\r\n');
add('HTTP/0.9 by its number', `GET / HTTP/0.9\r\n${host}\r\n`);
add('HTTP/1.2', `GET / HTTP/1.2\r\n${host}\r\n`);
add('HTTP/2.0', `GET / HTTP/2.0\r\n${host}\r\n`);
add('HTTP/3', `GET / HTTP/3\r\n${host}\r\n`);
add('HTTP/1.10', `GET / HTTP/1.10\r\n${host}\r\n`);
add('HTTP/01.1', `GET / HTTP/01.1\r\n${host}\r\n`);
add('a version in lower case', `GET / http/1.1\r\n${host}\r\n`);
add('another protocol', `GET / ICE/1.0\r\n${host}\r\n`);
add('a version of letters', `GET / HTTP/a.b\r\n${host}\r\n`);
add('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
add('TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
addLast('TLS that waits for an answer', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
add('SOCKS', '\x05\x01\x00');
add('SSH', 'SSH-2.0-OpenSSH_9.6\r\n');
add('an answer in place of a request', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');

// Targets and hosts.
add('an absolute target', `GET http://flags.example.com/a?b HTTP/1.1\r\n${host}\r\n`);
add('an absolute target of another host', `GET http://other.example.com:81/a HTTP/1.1\r\n${host}\r\n`);
add('an absolute target without a path', `GET http://flags.example.com HTTP/1.1\r\n${host}\r\n`);
add('an absolute target with another scheme', `GET ftp://flags.example.com/a HTTP/1.1\r\n${host}\r\n`);
add('an absolute target with a user', `GET http://a:b@flags.example.com/ HTTP/1.1\r\n${host}\r\n`);
add('a target without a slash', `GET api/client HTTP/1.1\r\n${host}\r\n`);
add('a target that is a query', `GET ?a=b HTTP/1.1\r\n${host}\r\n`);
add('a target that is a host', `GET flags.example.com:80 HTTP/1.1\r\n${host}\r\n`);
add('CONNECT', 'CONNECT flags.example.com:443 HTTP/1.1\r\nHost: flags.example.com:443\r\n\r\n');
add('CONNECT with a path', `CONNECT / HTTP/1.1\r\n${host}\r\n`);
add('OPTIONS *', `OPTIONS * HTTP/1.1\r\n${host}\r\n`);
add('GET *', `GET * HTTP/1.1\r\n${host}\r\n`);
add('a target that begins with a star', `GET *a HTTP/1.1\r\n${host}\r\n`);
add('no Host', 'GET / HTTP/1.1\r\nX-A: b\r\n\r\n');
add('no field at all', 'GET / HTTP/1.1\r\n\r\n');
add('an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n');
add('two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
add('the same Host twice', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n');
add('two Hosts in one', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n');
add('a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n');

// Fields that come twice.
add(
  'lists in parts',
  get('/', 'X-A: b\r\nX-A: c\r\nAccept: a\r\nAccept: b\r\nX-Forwarded-For: 1\r\nX-Forwarded-For: 2\r\n'),
);
add('cookies in parts', get('/', 'Cookie: a=b\r\nCookie: c=d\r\n'));
add('Authorization twice', get('/', 'Authorization: a\r\nAuthorization: b\r\n'));
add('Content-Type twice', get('/', 'Content-Type: a\r\nContent-Type: b\r\n'));
add('User-Agent twice', get('/', 'User-Agent: a\r\nUser-Agent: b\r\n'));
add('If-None-Match twice', get('/', 'If-None-Match: "a"\r\nIf-None-Match: "b"\r\n'));
add('If-Modified-Since twice', get('/', 'If-Modified-Since: a\r\nIf-Modified-Since: b\r\n'));

// Lengths.
add('the same length twice', withBody('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'));
add('two lengths', withBody('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'));
add('a length of 0 and another', withBody('Content-Length: 0\r\nContent-Length: 38\r\n', smuggled));
add('two lengths in one', withLength('5, 5'));
add('different lengths in one', withLength('5,6'));
add('a length with a plus', withLength('+5'));
add('a length with a minus', withLength('-5'));
add('a length with zeros', withLength('005'));
add('a length in hexadecimal', withLength('0x5'));
add('a length with a fraction', withLength('5.0'));
add('a length with an exponent', withLength('5e0'));
add('a length with underscores', withLength('5_0'));
add('a length with a space in it', withLength('5 5'));
add('a length with a tab behind it', withLength('5\t'));
add('a length in quotes', withLength('"5"'));
add('a length without a value', withLength(''));
add('a length of letters', withLength('five'));
add('a length that no number holds', withLength('18446744073709551621'));
addCut('a length of 16 digits', withLength('9007199254740993'));
add('a length with a NUL', withLength('5\0'));
add('a length with other digits', withLength('\xd9\xa5'));
addCut('a length that is not reached', withLength('50'));
addCut('a length of 15 digits', withLength('999999999999999'));
add('a length with a space before the colon', withBody('Content-Length : 5\r\n', 'hello'));
add('a length in a folded line', withBody('Content-Length:\r\n 5\r\n', 'hello'));
add('a body that is longer than its length', withLength('2', `he${get('/next')}`));
add(
  'a body of a GET that looks like a request',
  `GET / HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
);

// Lengths and codings: smuggling.
add('CL.TE', withCoding('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nG'));
add(
  'TE.CL',
  withCoding(
    'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
  ),
);
add('CL.TE with the same length', withCoding('Content-Length: 15\r\nTransfer-Encoding: chunked\r\n'));
add('CL.0', withCoding('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n'));
add('TE twice', withCoding('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'));
add('TE twice in one', withCoding('Transfer-Encoding: chunked, chunked\r\n'));
add('TE and another', withCoding('Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n'));
add('another and TE', withCoding('Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n'));
add('TE: identity', withCoding('Transfer-Encoding: identity\r\n'));
add('TE: identity with a length', withCoding('Transfer-Encoding: identity\r\nContent-Length: 5\r\n', 'hello'));
add('TE: gzip, chunked', withCoding('Transfer-Encoding: gzip, chunked\r\n'));
add('TE: chunked, gzip', withCoding('Transfer-Encoding: chunked, gzip\r\n'));
add('TE: chunked, identity', withCoding('Transfer-Encoding: chunked, identity\r\n'));
add('TE: chunked;q=1', withCoding('Transfer-Encoding: chunked;q=1\r\n'));
add('TE: xchunked', withCoding('Transfer-Encoding: xchunked\r\n'));
add('TE: chunkedx', withCoding('Transfer-Encoding: chunkedx\r\n'));
add('TE: "chunked"', withCoding('Transfer-Encoding: "chunked"\r\n'));
add('TE: CHUNKED', withCoding('Transfer-Encoding: CHUNKED\r\n'));
add('TE with a tab', withCoding('Transfer-Encoding:\tchunked\r\n'));
add('TE with a vertical tab', withCoding('Transfer-Encoding:\x0bchunked\r\n'));
add('TE with a NUL', withCoding('Transfer-Encoding: chunked\0\r\n'));
add('TE with a space before the colon', withCoding('Transfer-Encoding : chunked\r\n'));
add('TE with a space before its name', withBody('X-A: b\r\n Transfer-Encoding: chunked\r\n', '0\r\n\r\n'));
add('TE in a folded line', withCoding('Transfer-Encoding:\r\n chunked\r\n'));
add('TE behind a line feed', withCoding('X-A: b\nTransfer-Encoding: chunked\r\n'));
add('TE behind a carriage return', withCoding('X-A: b\rTransfer-Encoding: chunked\r\n'));
add('TE with an empty element', withCoding('Transfer-Encoding: , chunked\r\n'));
add('TE without a value', withCoding('Transfer-Encoding:\r\n'));
add('TE with an underscore', withCoding('Transfer_Encoding: chunked\r\n', ''));
add('TE with HTTP/1.0', `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
add(
  'TE with HTTP/1.0 that stays',
  `POST / HTTP/1.0\r\n${host}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
);
add('TE of a GET', `GET / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
addLast(
  'a length that Connection names',
  withBody('Connection: close, Content-Length\r\nContent-Length: 5\r\n', 'hello'),
);

// Chunks.
add('a chunk with an extension', chunked('5;a=b\r\nhello\r\n0;c\r\n\r\n'));
add('a chunk with an extension in quotes', chunked('5;a="b;c d"\r\nhello\r\n0\r\n\r\n'));
add('a chunk with spaces around the semicolon', chunked('5 ; a=b\r\nhello\r\n0\r\n\r\n'));
add('a chunk with a space behind its size', chunked('5 \r\nhello\r\n0\r\n\r\n'));
add('a chunk with a space before its size', chunked(' 5\r\nhello\r\n0\r\n\r\n'));
add('a chunk with zeros before its size', chunked('0005\r\nhello\r\n000\r\n\r\n'));
add('a size in upper and lower case', chunked(`1a\r\n${'x'.repeat(26)}\r\n1B\r\n${'y'.repeat(27)}\r\n0\r\n\r\n`));
add('a size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n'));
add('a size with a plus', chunked('+5\r\nhello\r\n0\r\n\r\n'));
add('a size with a minus', chunked('-5\r\nhello\r\n0\r\n\r\n'));
add('a size with an underscore', chunked('0_5\r\nhello\r\n0\r\n\r\n'));
add('a size of nothing', chunked('\r\nhello\r\n0\r\n\r\n'));
add('a size that is too large for a number', chunked('fffffffffffffffff5\r\nhello\r\n0\r\n\r\n'));
add('a size that wraps at 64 bits', chunked('10000000000000005\r\nhello\r\n0\r\n\r\n'));
addCut('a size that wraps at 32 bits', chunked('100000005\r\nhello\r\n0\r\n\r\n'));
add('a size that is too small', chunked('4\r\nhello\r\n0\r\n\r\n'));
add('a size that is too large', chunked('6\r\nhello\r\n0\r\n\r\n'));
add('a size with a line feed alone', chunked('5\nhello\r\n0\r\n\r\n'));
add('a chunk with a line feed alone', chunked('5\r\nhello\n0\r\n\r\n'));
add('a last chunk with a line feed alone', chunked('5\r\nhello\r\n0\n\r\n'));
add('an end with a line feed alone', chunked('5\r\nhello\r\n0\r\n\n'));
add('a size with a carriage return alone', chunked('5\rhello\r\n0\r\n\r\n'));
add('an extension with a line feed alone', chunked('5;a\nb\r\nhello\r\n0\r\n\r\n'));
add('an extension with a carriage return alone', chunked('5;a\rb\r\nhello\r\n0\r\n\r\n'));
add('an extension with a NUL', chunked('5;a\0\r\nhello\r\n0\r\n\r\n'));
add('an extension without a semicolon', chunked('5 a\r\nhello\r\n0\r\n\r\n'));
add('a chunk without an end of its line', chunked('5\r\nhello0\r\n\r\n'));
add('a chunk with something behind it', chunked('5\r\nhelloXX0\r\n\r\n'));
add('chunks with a trailer', chunked('5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n'));
add(
  'a trailer with fields that count',
  chunked('5\r\nhello\r\n0\r\nContent-Length: 100\r\nTransfer-Encoding: gzip\r\nHost: b\r\n\r\n'),
);
add('a trailer that is a request', chunked(`0\r\n${smuggled}`));
add('a trailer with a folded line', chunked('0\r\nX-A: b\r\n c\r\n\r\n'));
add('a trailer with a space before the colon', chunked('0\r\nX-A : b\r\n\r\n'));
add('a trailer with a line feed alone', chunked('0\r\nX-A: b\nX-B: c\r\n\r\n'));
add('a trailer with a NUL', chunked('0\r\nX-A: \0\r\n\r\n'));
add('an extension of 2 kB', chunked(`5;${'a'.repeat(2_000)}\r\nhello\r\n0\r\n\r\n`));
add('a trailer of 20 kB', chunked(`0\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`));
addCut('chunks without an end', chunked('5\r\nhello\r\n'));
addCut('a chunk that breaks off', chunked('50\r\nhello'));
addCut('a head without an end', `GET / HTTP/1.1\r\n${host}`);
addCut('a first line without an end', 'GET /');
addCut('a request, and half of another', `${get('/1')}GET /2 HT`);
addCut('a request, and nothing more', get('/1'));
addCut('nothing', '');

// Much.
const headOf = (bytes: number) => `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(bytes - 33)}\r\n\r\n`;
add('a long field', get('/', `X-Long: ${'x'.repeat(60_000)}\r\n`));
add('a long target', get(`/${'a'.repeat(60_000)}`));
add('a head of 100 kB', headOf(100_000));
add('a head of 128 KiB', headOf(128 * 1024));
add('a head of 128 KiB and one byte', headOf(128 * 1024 + 1));
add('a head of 160 kB', headOf(160_000));
add('a target of 160 kB', get(`/${'a'.repeat(160_000)}`));
add('500 fields', get('/', Array.from({ length: 500 }, (_, i) => `X-${i}: ${i}\r\n`).join('')));
add('3,000 fields', get('/', Array.from({ length: 3_000 }, (_, i) => `X-${i}: ${i}\r\n`).join('')));
add('one field 500 times', get('/', 'X-A: b\r\n'.repeat(500)));
add('a body of 200 kB', withLength('200000', 'x'.repeat(200_000)));
add('chunks of 200 kB', chunked(`30d40\r\n${'x'.repeat(200_000)}\r\n0\r\n\r\n`));
add('2,000 chunks', chunked(`${'1\r\nx\r\n'.repeat(2_000)}0\r\n\r\n`));

/** All of them; names are unique. */
export const rawConversations: readonly RawConversation[] = all;

/** Where it is answered, the connection has stayed. */
export const lastRequest = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
