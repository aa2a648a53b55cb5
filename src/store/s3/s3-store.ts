import { type StateStore, StateStoreError } from '../../flags/state-store.ts';
import { collect } from '../collect.ts';
import { withTimeLimit } from '../time-limit.ts';
import { type OpenS3, openS3, type S3Connection } from './sdk.ts';

/** What an S3 store needs. Region, credentials and endpoint come from the environment and profiles, as AWS has it. */
export interface S3StoreOptions {
  readonly bucket: string;
  /** Put the bucket's name in the path instead of the host name, as most servers other than Amazon's want it. */
  readonly forcePathStyle: boolean;
  /** Limit for one operation. */
  readonly timeoutMs: number;
  /** Largest object read or written. */
  readonly limitBytes: number;
}

/**
 * Keeps each entry as one object; `unleash-tokens` is `/unleash-tokens.json`, with the slash in front, as Unleash Edge
 * has it.
 *
 * Source: Unleash Edge specification 17.4.
 */
export function createS3Store(options: S3StoreOptions, open: OpenS3 = openS3): StateStore {
  const { bucket, timeoutMs, limitBytes } = options;
  const label = `S3 bucket ${bucket}`;
  let connection: Promise<S3Connection> | undefined;
  const connect = (): Promise<S3Connection> => {
    connection ??= open(bucket, {
      forcePathStyle: options.forcePathStyle,
      maxAttempts: 2,
      requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs },
      // Servers other than Amazon's often refuse the checksums that the client adds since 2025.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    // A library that could not be loaded, or settings that are refused, are tried again the next time.
    connection.catch(() => {
      connection = undefined;
    });
    return connection;
  };

  const using = async <Result>(
    what: string,
    work: (s3: S3Connection, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> => {
    const stop = new AbortController();
    try {
      const working = connect().then((s3) => work(s3, stop.signal));
      return await withTimeLimit(working, timeoutMs, what);
    } catch (error) {
      throw problem(what, error);
    } finally {
      stop.abort();
    }
  };

  return {
    label,
    load: (entry) =>
      using(`cannot read ${keyOf(entry)} from ${label}`, async (s3, signal) => {
        const found = await s3.get(keyOf(entry), signal);
        if (found?.Body === undefined) return undefined;
        return readBody(found.Body as AsyncIterable<Uint8Array>, limitBytes);
      }),
    async save(entry, text) {
      const body = await collect(text, limitBytes);
      await using(`cannot write ${keyOf(entry)} to ${label}`, (s3, signal) => s3.put(keyOf(entry), body, signal));
    },
    remove: (entry) =>
      using(`cannot remove ${keyOf(entry)} from ${label}`, (s3, signal) => s3.remove(keyOf(entry), signal)),
    async close() {
      const opened = await connection?.catch(() => undefined);
      opened?.destroy();
      connection = undefined;
    },
  };
}

function keyOf(entry: string): string {
  return `/${entry}.json`;
}

async function readBody(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > limitBytes) throw new StateStoreError(`it has more than the ${limitBytes} bytes allowed`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function problem(what: string, error: unknown): StateStoreError {
  const { name, message } = error as { name?: string; message?: string };
  if (message?.startsWith(what)) return new StateStoreError(message);
  const kind = name === undefined || name === 'Error' || name === 'StateStoreError' ? '' : `${name}: `;
  return new StateStoreError(`${what}: ${kind}${message ?? String(error)}`);
}
