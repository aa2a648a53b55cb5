import type { OperatorFlag } from '../../operations/operator/types.ts';
import type { CompiledFlag } from '../../unleash/engine/flag.ts';
import { off } from '../../unleash/engine/outcome.ts';

/** One compiled flag of Unleash, without a context. */
export function unleashFlag(
  flag: CompiledFlag | undefined,
  project: string | undefined,
  fingerprint: () => string,
): OperatorFlag {
  const { settled, name = '' } = flag ?? {};
  const state = settled === undefined ? 'depends' : settled === off ? 'off' : 'on';
  return { name, state, project, fingerprint };
}
