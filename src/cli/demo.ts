import type { Environment } from '../config/option.ts';

export async function runDemo(_environment: Environment): Promise<void> {}
