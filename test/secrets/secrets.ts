/** Secrets that nothing else in a run looks like, and a search for them in what a run put out. */
import { createHash } from 'node:crypto';

/** As long a part of a secret as may be seen: masks keep a few characters, so that an operator knows which one it is. */
const shownAtMost = 7;

/** Letters and digits that depend on the name alone, so that a failure can be repeated. */
const secret = (name: string): string =>
  createHash('sha256').update(`secret of ${name}`).digest('base64url').slice(0, 32);

const token = (name: string): string => `*:development.${secret(name)}`;

/** Every kind of secret that a user can give Halyard, and some that clients send without being known. */
export const secrets = {
  upstreamToken: token('upstream token'),
  otherToken: token('a second upstream token'),
  frontendToken: token('frontend token'),
  pretrustedToken: token('pretrusted token'),
  unknownToken: token('token that nobody knows'),
  clientKey: secret('key of Unleash Proxy clients'),
  serverSideToken: secret('token of server SDKs'),
  operatorToken: secret('operator'),
  customHeader: secret('custom header'),
  redisPassword: secret('Redis'),
  s3Key: secret('S3'),
  remoteWritePassword: secret('remote write'),
  passphrase: secret('PKCS#12'),
  streamSecret: secret('event streams'),
  collectorHeader: secret('header for an OpenTelemetry collector'),
  urlPassword: secret('password in a URL'),
  instanceId: secret('instance id of GitLab'),
  flagsmithServerKey: `ser.${secret('Flagsmith server key')}`,
  flagsmithClientKey: secret('Flagsmith client key'),
  flagsmithProxyKey: secret('Flagsmith proxy key'),
  flagsmithUnknownKey: secret('Flagsmith key that nobody knows'),
} as const;

export type SecretName = keyof typeof secrets;

/** What stands in front of the secret in a token is shown on purpose: project and environment. */
const secretPart = (value: string): string => value.slice(value.lastIndexOf('.') + 1);

const parts = new Map<string, SecretName>();
for (const [name, value] of Object.entries(secrets) as [SecretName, string][]) {
  const part = secretPart(value);
  const forms = [
    part,
    Buffer.from(part).toString('base64'), // Behind what stands for "user:", which is the same for all.
    Buffer.from(`user:${part}`).toString('base64').slice(7),
  ];
  for (const form of forms) {
    for (let at = 0; at + shownAtMost < form.length; at++) parts.set(form.slice(at, at + shownAtMost + 1), name);
  }
}

/** A secret, or a part too long to be a mask, with what stands around it. */
export interface Leak {
  readonly name: SecretName;
  readonly around: string;
}

/** Every secret of which a text shows more than a mask would, once each. */
export function leaksIn(text: string): Leak[] {
  const found = new Map<SecretName, Leak>();
  for (let at = 0; at + shownAtMost < text.length; at++) {
    const name = parts.get(text.slice(at, at + shownAtMost + 1));
    if (name === undefined || found.has(name)) continue;
    found.set(name, { name, around: text.slice(Math.max(0, at - 120), at + 80) });
  }
  return [...found.values()];
}
