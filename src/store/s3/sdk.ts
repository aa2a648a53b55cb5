import type { GetObjectCommandOutput, S3ClientConfig } from '@aws-sdk/client-s3';

/** The few requests that state needs, and the end. */
export interface S3Connection {
  /** @returns undefined when there is no such object */
  get(key: string, signal: AbortSignal): Promise<GetObjectCommandOutput | undefined>;
  put(key: string, body: Uint8Array, signal: AbortSignal): Promise<void>;
  remove(key: string, signal: AbortSignal): Promise<void>;
  destroy(): void;
}

/** Opens the client for a bucket. */
export type OpenS3 = (bucket: string, config: S3ClientConfig) => Promise<S3Connection>;

/** The real client. Its library is large, so it is loaded only here: when state is kept in a bucket at all. */
export const openS3: OpenS3 = async (bucket, config) => {
  const { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client(config);
  return {
    async get(key, abortSignal) {
      try {
        return await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
      } catch (error) {
        if ((error as { name?: unknown }).name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async put(key, body, abortSignal) {
      const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' });
      await client.send(command, { abortSignal });
    },
    async remove(key, abortSignal) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
    },
    destroy: () => client.destroy(),
  };
};
