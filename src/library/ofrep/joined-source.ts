import type { HttpRequest } from '../../http/types.ts';
import type { Access, FlagView, OfrepSource } from '../../ofrep/types.ts';
import type { OfrepParts } from './attach.ts';

/** Parts by the name of their system. */
type Named = Readonly<Record<string, OfrepParts | undefined>>;

/**
 * One OFREP for several systems on one port: the credential says which of them is meant. Names of systems stand in
 * front of the names of flag sets. The rules of the first system count where there can be only one.
 *
 * @returns undefined where no system has any
 */
export function joinOfrep(named: Named, basePath: string): OfrepParts | undefined {
  const systems = Object.entries(named).flatMap(([name, parts]) => (parts === undefined ? [] : [{ name, parts }]));
  const [first] = systems;
  if (first === undefined) return undefined;
  const all = systems.map(({ parts }) => parts);
  return {
    ...first.parts,
    source: joinedSource(systems.map(({ name, parts: { source } }) => ({ name, source }))),
    secrets: all.flatMap(({ secrets }) => secrets),
    basePath,
    isDenied: (request) => all.some(({ isDenied }) => isDenied?.(request) ?? false),
  };
}

interface NamedSource {
  readonly name: string;
  readonly source: OfrepSource;
}

/** Asks one system after the other until one knows the credential. */
function joinedSource(systems: readonly NamedSource[]): OfrepSource {
  const views = new WeakMap<FlagView, FlagView>();
  const named = (name: string, access: Access): Access => {
    if (access.view === undefined) return access;
    let view = views.get(access.view);
    if (view === undefined) {
      view = namedView(name, access.view);
      views.set(access.view, view);
    }
    return { view };
  };
  const ask = (index: number, credential: string, request: HttpRequest): Access | Promise<Access> => {
    const system = systems[index];
    if (system === undefined) return unknown;
    const judge = (access: Access): Access | Promise<Access> =>
      access.refusal?.status === 401 ? ask(index + 1, credential, request) : named(system.name, access);
    const access = system.source.authorize(credential, request);
    return access instanceof Promise ? access.then(judge) : judge(access);
  };
  const find = (channel: string) => {
    const slash = channel.indexOf('/');
    const system = systems.find(({ name }) => name === channel.slice(0, slash));
    return system && { source: system.source, own: channel.slice(slash + 1) };
  };
  return {
    remembersContexts: systems.some(({ source }) => source.remembersContexts),
    authorize: (credential, request) => ask(0, credential, request),
    revision(channel) {
      const found = find(channel);
      return found?.source.revision(found.own);
    },
    async refresh(channel) {
      const found = find(channel);
      await found?.source.refresh(found.own);
    },
    onChange(listener) {
      for (const { name, source } of systems) source.onChange((channel) => listener(`${name}/${channel}`));
    },
    ...(systems.every(({ source }) => source.onAccessChange !== undefined) && {
      onAccessChange(listener: () => void) {
        for (const { source } of systems) source.onAccessChange?.(listener);
      },
    }),
    onRevoked(listener) {
      for (const { source } of systems) source.onRevoked(listener);
    },
  };
}

const unknown: Access = { refusal: { status: 401, details: 'none of the systems here knows this credential' } };

/** The same view under the name of its system. */
function namedView(name: string, view: FlagView): FlagView {
  return {
    flagSetId: `${name}:${view.flagSetId}`,
    channel: `${name}/${view.channel}`,
    version: view.version,
    changedAtMs: view.changedAtMs,
    audience: view.audience,
    keys: view.keys,
    memoryShare: view.memoryShare,
    evaluations: view.evaluations,
    get known() {
      return view.known;
    },
    find: (key) => view.find(key),
    constant: (position, level) => view.constant(position, level),
    subject: (context, request, level) => view.subject(context, request, level),
    addition: (request) => view.addition(request),
    keeping: (subject) => view.keeping(subject),
    evaluate: (subject, numbers, seed) => view.evaluate(subject, numbers, seed),
    open: (subject) => view.open(subject),
    evaluateOne: (subject, position) => view.evaluateOne(subject, position),
    answer: (position, number, level) => view.answer(position, number, level),
    count: (subject, uses) => view.count(subject, uses),
    lastHeardMs: () => view.lastHeardMs(),
  };
}
