import { expect, it } from 'vitest';
import { createGitlabHeaders } from './gitlab.ts';
import { createHeaders } from './headers.ts';

const identity = { appName: 'läden ☃', instanceId: 'i', connectionId: 'c', edgeVersion: '19', startedAtMs: 0 };
const custom = [['X-Team', 'blå ☃']] as const;
/** What goes over the wire for a header: a byte per character. */
const sent = (value: string | undefined) => Buffer.from(value ?? '', 'latin1').toString('utf8');

it('values go out in UTF-8, and have only characters that both runtimes can send', () => {
  const headers = createHeaders({ identity, authHeader: 'Authorization', custom })('*:e.s', 5);
  expect([sent(headers['UNLEASH-APPNAME']), sent(headers['X-Team'])]).toEqual(['läden ☃', 'blå ☃']);
  expect(headers).toMatchObject({ Authorization: '*:e.s', 'Unleash-Interval': '5' });
  for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\xff]*$/);
});

it('the same for GitLab, whose environments may be called anything', () => {
  const headers = createGitlabHeaders({ identity, instanceId: 's', custom })('*:produktion-ö.s', 5);
  expect([sent(headers['UNLEASH-APPNAME']), sent(headers['X-Team'])]).toEqual(['produktion-ö', 'blå ☃']);
});
