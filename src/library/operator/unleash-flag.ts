import type { OperatorFlag } from '../../operations/operator/types.ts';
import type { CompiledFlag } from '../../unleash/engine/flag.ts';
import { off } from '../../unleash/engine/outcome.ts';

/** One compiled flag of Unleash, without a context. */
export function unleashFlag(
  flag: CompiledFlag | undefined,
  project: string | undefined,
  fingerprint: () => string,
): OperatorFlag {
  const { decide, name = '' } = flag ?? {};
  const state = typeof decide === 'number' ? (decide === off ? 'off' : 'on') : 'depends';
  return { name, state, project, fingerprint };
}
