import type { Fleet } from './fleet.ts';

const instanceName = 'edge-instance';

/**
 * Lets workers go by the instance id of their primary. With ids of their own, the figures of one server would stand
 * under several names, and under more with each worker that is replaced.
 */
export function shareInstance(fleet: Fleet, instanceId: string): void {
  fleet.share?.((worker) => {
    worker.onQuestion(instanceName, () => instanceId);
    return () => undefined;
  });
}

/** The instance id of the group; undefined in what is no worker. */
export async function instanceOfGroup(fleet: Fleet): Promise<string | undefined> {
  return (await fleet.primary?.ask(instanceName)) as string | undefined;
}
