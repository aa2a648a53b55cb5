/** Tells a process that it is a worker, and which one. */
export const workerVariable = 'HALYARD_WORKER';
