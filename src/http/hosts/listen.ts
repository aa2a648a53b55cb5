import { listenOnBun } from './bun.ts';
import { listenOnNode } from './node.ts';
import type { Listen } from './types.ts';

/** Listens with the server of the runtime that this runs on. */
export const listen: Listen = typeof Bun === 'undefined' ? listenOnNode : listenOnBun;
