import { createOperatorAccess } from '../../http/operator/access.ts';
import { mountOperator } from '../../http/operator/mount.ts';
import type { OperatorSettings } from '../../http/operator/settings.ts';
import type { HttpHandler } from '../../http/types.ts';
import { explainRoute } from '../../operations/operator/explain-route.ts';
import { createOperatorHandler, type OperatorRoute } from '../../operations/operator/routes.ts';
import type { OperatorMode } from '../../operations/operator/types.ts';

/** What operator tools need of a server. */
export interface OperatorParts {
  readonly settings: OperatorSettings;
  /** Prefix of all paths, without a slash at its end. */
  readonly basePath: string;
  readonly modes: readonly OperatorMode[];
  readonly onError: (error: unknown) => void;
}

/**
 * Puts the operator tools in front of a server's handler; with `off`, the handler stays what it is. Their paths are
 * theirs from then on, everything else is not touched.
 */
export function attachOperator(handler: HttpHandler, parts: OperatorParts): HttpHandler {
  if (parts.settings.access === 'off') return handler;
  return mountOperator(handler, createOperatorTools(parts), parts.basePath);
}

/** The tools by themselves, for hosts that are no handler. */
export function createOperatorTools({ settings, basePath, modes, onError }: OperatorParts): HttpHandler {
  const access = createOperatorAccess(settings, () => performance.now());
  return createOperatorHandler(`${basePath}/halyard`, operatorRoutes(modes), access, onError);
}

/** All tools there are. */
function operatorRoutes(modes: readonly OperatorMode[]): readonly OperatorRoute[] {
  return [explainRoute(modes)];
}
