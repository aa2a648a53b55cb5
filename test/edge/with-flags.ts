/** An Edge that holds three flags of two projects already. */
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';

export const document = {
  version: 2,
  features: [flag('b', 'projecta'), flag('a', 'projectb'), flag('off', 'projecta', { enabled: false })],
};

export async function edgeWithFlags(args: readonly string[] = ['--dynamic'], environment = 'development') {
  const upstream = scriptedUpstream();
  const client = `*:${environment}.client`;
  upstream.tokens.set(client, { type: 'client', environment, projects: ['*'] });
  upstream.features.set(client, document);
  const edge = await edgeInMemory([...args, '--tokens', client], upstream);
  await edge.start();
  return { ...edge, client };
}
