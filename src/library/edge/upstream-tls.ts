import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import type { UpstreamTls } from '../../http/upstream/types.ts';
import { EdgeStartupError } from '../../unleash/edge/service.ts';
import type { EdgeSettings } from './edge-store.ts';

/**
 * What upstream is trusted by and proved to: an extra root, and an identity from PKCS#12, else from a certificate and a
 * key, else from one PEM file with both.
 *
 * Source: Unleash Edge specification 14.1.
 *
 * @returns undefined when nothing is configured
 * @throws EdgeStartupError when a configured file cannot be read, or holds no usable identity
 */
export async function readUpstreamTls(settings: EdgeSettings): Promise<UpstreamTls | undefined> {
  const root = await text(settings.upstreamCertificateFile);
  // Node's modules for TLS are loaded where something is configured: they are memory on Bun, whose fetch has its own.
  const ca = root === undefined ? undefined : [...(await import('node:tls')).rootCertificates, root];
  const identity = await readIdentity(settings);
  if (identity !== undefined) await checkIdentity(identity, settings);
  if (ca === undefined && identity === undefined) return undefined;
  return { ...identity, ...(ca === undefined ? {} : { ca }) };
}

async function readIdentity(settings: EdgeSettings): Promise<UpstreamTls | undefined> {
  const { pkcs12IdentityFile, pkcs12Passphrase } = settings;
  if (pkcs12IdentityFile !== undefined) {
    return {
      pfx: await bytes(pkcs12IdentityFile),
      ...(pkcs12Passphrase === undefined ? {} : { passphrase: pkcs12Passphrase }),
    };
  }
  const { pkcs8ClientCertificateFile, pkcs8ClientKeyFile, pemCertFile } = settings;
  if (pkcs8ClientCertificateFile !== undefined && pkcs8ClientKeyFile !== undefined) {
    return { cert: await text(pkcs8ClientCertificateFile), key: await text(pkcs8ClientKeyFile) };
  }
  const both = await text(pemCertFile);
  return both === undefined ? undefined : { cert: both, key: both };
}

/** Requests that fail one by one later would not say which file it is. */
async function checkIdentity(identity: UpstreamTls, settings: EdgeSettings): Promise<void> {
  const { createSecureContext } = await import('node:tls');
  try {
    createSecureContext({ ...identity, pfx: identity.pfx && Buffer.from(identity.pfx) } as SecureContextOptions);
  } catch (error) {
    const { pkcs12IdentityFile, pkcs8ClientCertificateFile, pkcs8ClientKeyFile, pemCertFile } = settings;
    const given =
      pkcs12IdentityFile !== undefined
        ? `--pkcs12-identity-file ${pkcs12IdentityFile} cannot be opened with --pkcs12-passphrase`
        : pkcs8ClientCertificateFile !== undefined
          ? `${pkcs8ClientCertificateFile} and ${pkcs8ClientKeyFile} have to be a PEM certificate and its key`
          : `--pem-cert-file ${pemCertFile} has to hold a PEM certificate and its key`;
    throw new EdgeStartupError(`${given}: ${(error as Error).message}`);
  }
}

async function text(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : new TextDecoder().decode(await bytes(path));
}

async function bytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new EdgeStartupError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
