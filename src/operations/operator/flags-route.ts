import type { ChangeLog } from './change-log.ts';
import { type OperatorRoute, operatorError, operatorJson } from './routes.ts';
import type { OperatorFlag, OperatorMode } from './types.ts';

/** One flag as the list shows it. */
interface ListedFlag {
  readonly name: string;
  /** Title of the mode. */
  readonly mode: string;
  /** Kind of the mode, as questions name it. */
  readonly kind: OperatorMode['kind'];
  readonly project: string | null;
  /** By environment: `on`, `off` or `depends` on the context. */
  readonly states: Readonly<Record<string, OperatorFlag['state']>>;
  /** When it last changed in any environment; null: not since the start. */
  readonly changedAtMs: number | null;
}

const states: readonly string[] = ['on', 'off', 'depends'] satisfies readonly OperatorFlag['state'][];
const defaultLimit = 100;
const mostListed = 1_000;

/**
 * `GET /halyard/flags`: the flags of all environments, by name. `search` finds parts of names and projects, `state` and
 * `environment` those that are so there, `mode` (its kind) those of one system; `limit` (100, at most 1,000) bounds the
 * list, and `matching` counts all.
 */
export function flagsRoute(modes: readonly OperatorMode[], changes: ChangeLog): OperatorRoute {
  return {
    method: 'GET',
    path: '/flags',
    need: 'token-or-loopback',
    answer: async (request) => {
      const query = new URLSearchParams(request.query);
      const state = query.get('state') ?? '';
      if (state !== '' && !states.includes(state)) {
        return operatorError(400, 'bad_request', `There is no state "${state}". Use ${states.join(', ')}.`);
      }
      const limit = Number(query.get('limit') ?? defaultLimit);
      if (!Number.isInteger(limit) || limit < 1 || limit > mostListed) {
        return operatorError(400, 'bad_request', `The limit has to be a whole number from 1 to ${mostListed}.`);
      }
      await changes.look();
      const all = listFlags(modes, changes);
      const kind = query.get('mode') ?? '';
      const matching = all
        .filter((flag) => kind === '' || flag.kind === kind)
        .filter(matches(query.get('search') ?? '', state, query.get('environment') ?? ''));
      return operatorJson(200, { total: all.length, matching: matching.length, flags: matching.slice(0, limit) });
    },
  };
}

function matches(search: string, state: string, environment: string): (flag: ListedFlag) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (flag) => {
    const text = `${flag.name} ${flag.project ?? ''}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return false;
    const looked = environment === '' ? Object.values(flag.states) : [flag.states[environment]];
    return looked.some((found) => found !== undefined && (state === '' || found === state));
  };
}

function listFlags(modes: readonly OperatorMode[], changes: ChangeLog): ListedFlag[] {
  const listed: ListedFlag[] = [];
  for (const mode of modes) {
    const byName = new Map<string, { flag: OperatorFlag; states: Record<string, OperatorFlag['state']>; at: number }>();
    for (const environment of mode.environments()) {
      for (const flag of environment.flags()) {
        let entry = byName.get(flag.name);
        if (entry === undefined) {
          entry = { flag, states: Object.create(null), at: 0 };
          byName.set(flag.name, entry);
        }
        entry.states[environment.name] = flag.state;
        entry.at = Math.max(entry.at, changes.changedAtMs(mode, environment.name, flag.name) ?? 0);
      }
    }
    for (const [name, { flag, states, at }] of byName) {
      const { kind, title } = mode;
      const changedAtMs = at === 0 ? null : at;
      listed.push({ name, mode: title, kind, project: flag.project ?? null, states, changedAtMs });
    }
  }
  return listed.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}
