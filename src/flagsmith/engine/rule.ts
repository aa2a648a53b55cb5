import { type ConditionScope, compileCondition, never, type Predicate } from './condition.ts';
import type { RuleContext, SegmentContext } from './context.ts';
import type { Report } from './issues.ts';

const always: Predicate = () => true;

/**
 * Compiles a segment: true when it has rules and all of them match. Stops at the first that does not (spec sections 7.2
 * and 7.3). {@link never} when that is certain.
 */
export function compileSegmentRules(segment: SegmentContext, scope: ConditionScope, report: Report): Predicate {
  if (segment.rules.length === 0) return never;
  return every(segment.rules.map((rule) => compileRule(rule, segment, scope, report)));
}

function compileRule(rule: RuleContext, segment: SegmentContext, scope: ConditionScope, report: Report): Predicate {
  const conditions = rule.conditions.map((condition) =>
    compileCondition(condition, segment.key, scope, (code, message) =>
      report({
        code,
        message,
        where: `segment ${segment.key} "${segment.name}", condition on "${condition.property}"`,
      }),
    ),
  );
  const subRules = rule.rules.map((subRule) => compileRule(subRule, segment, scope, report));
  const quantify = quantifiers.get(rule.type);
  if (quantify === undefined) {
    const where = `segment ${segment.key} "${segment.name}"`;
    report({ code: 'rule.type', where, message: `rule type ${rule.type} is not known; the rule never matches` });
    return never;
  }
  // the two halves are always both required, whatever the quantifier within them
  return every([half(conditions, quantify), half(subRules, quantify)]);
}

function half(members: readonly Predicate[], quantify: (members: readonly Predicate[]) => Predicate): Predicate {
  return members.length === 0 ? always : quantify(members);
}

function every(members: readonly Predicate[]): Predicate {
  if (members.includes(never)) return never;
  const deciding = members.filter((member) => member !== always);
  if (deciding.length === 0) return always;
  if (deciding.length === 1) return deciding[0]!;
  return (identity) => {
    for (let i = 0; i < deciding.length; i++) if (!deciding[i]!(identity)) return false;
    return true;
  };
}

function some(members: readonly Predicate[]): Predicate {
  if (members.includes(always)) return always;
  const deciding = members.filter((member) => member !== never);
  if (deciding.length === 0) return never;
  if (deciding.length === 1) return deciding[0]!;
  return (identity) => {
    for (let i = 0; i < deciding.length; i++) if (deciding[i]!(identity)) return true;
    return false;
  };
}

function none(members: readonly Predicate[]): Predicate {
  const any = some(members);
  if (any === never) return always;
  return any === always ? never : (identity) => !any(identity);
}

const quantifiers = new Map([
  ['ALL', every],
  ['ANY', some],
  ['NONE', none],
]);
