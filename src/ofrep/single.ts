import type { HttpRequest } from '../http/types.ts';
import { failure } from './errors.ts';
import { type FoundFlag, findFlag } from './find-flag.ts';
import type { Answered } from './send.ts';
import type { OfrepSettings } from './settings.ts';
import type { ContextMembers, EvaluationListener, FlagView, MetadataLevel, Subject } from './types.ts';
import type { ViewRegister } from './view-register.ts';

type Single = (
  view: FlagView,
  key: string,
  context: ContextMembers,
  request: HttpRequest,
) => Answered | Promise<Answered>;

/** Evaluates one flag (OFREP specification 4). */
export function createSingle({
  settings,
  register,
  listener,
}: {
  readonly settings: OfrepSettings;
  readonly register: ViewRegister;
  readonly listener: EvaluationListener | undefined;
}): Single {
  const answer = (view: FlagView, key: string, found: FoundFlag, subject: Subject, level: MetadataLevel): Answered => {
    const number = view.evaluateOne(subject, found.position);
    view.evaluations.single++;
    const reply = register.replies(view).single(key, found.position, found.view, number, level);
    if (reply.answer.hidden) return notFound(key);
    listener?.single(view, found.position, reply.answer);
    if (!reply.rendered.ok) return { status: 400, entity: reply.entity };
    view.count(subject, [[found.position, reply.answer]]);
    return { status: 200, entity: reply.entity };
  };
  return (view, key, context, request) => {
    const found = findFlag(view, key);
    if (found === undefined) return notFound(key);
    const level = settings.metadata[view.audience];
    const subject = view.subject(context, request, level);
    if (subject instanceof Promise) return subject.then((late) => answer(view, key, found, late, level));
    return answer(view, key, found, subject, level);
  };
}

function notFound(key: string): Answered {
  return { failure: failure(404, 'FLAG_NOT_FOUND', 'this credential sees no flag of this name'), key };
}
