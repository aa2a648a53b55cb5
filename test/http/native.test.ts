/** Extensions get of a request what they get with the runtime's HTTP server. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type HostName, startOnHost } from '../support/http-hosts.ts';
import { startNativeServer } from './native-server.ts';

const script = new URL('./native-server.ts', import.meta.url);

const requests = [
  'GET /proxy?userId=a%20b&x=1 HTTP/1.1\r\nHost: flags.example\r\nX-Account: 7\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\ncookie: c=d\r\nX-Account: 7\r\nx-account:\t8 \r\nUser-Agent: \u00e9\r\nEmpty:\r\n',
  'POST /proxy HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nX-Forwarded-For: 192.0.2.1\r\n',
];

async function told(name: HostName): Promise<object[]> {
  const server = await startOnHost(name, script, startNativeServer);
  const answers: object[] = [];
  for (const request of requests) {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(`${request}Connection: close\r\n\r\n${request.startsWith('POST') ? '{}' : ''}`, 'latin1');
      });
      let answer = '';
      socket.setEncoding('utf8').on('data', (part: string) => {
        answer += part;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
    answers.push(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)));
  }
  await server.stop();
  return answers;
}

test('on Node', async () => {
  const answers = await told("Node's sockets");
  expect(answers[0]).toMatchObject({
    method: 'GET',
    url: '/proxy?userId=a%20b&x=1',
    headers: { host: 'flags.example', 'x-account': '7' },
    from: { remoteAddress: '127.0.0.1', ports: ['number', 'number'] },
  });
  expect(answers).toEqual(await told("Node's server"));
});

test('on Bun', async () => {
  const answers = await told("Bun's sockets");
  expect(answers[0]).toMatchObject({ method: 'GET', url: 'http://flags.example/proxy?userId=a%20b&x=1', account: '7' });
  expect(answers).toEqual(await told("Bun's server"));
});
