import type { Steps } from '../../flags/steps.ts';
import { patternOf } from './condition.ts';
import type { RuleContext, SegmentContext } from './context.ts';
import { type CompiledRegex, compileRegex } from './regex.ts';

/** Patterns beyond are not compiled: each takes memory of its own. */
export const maxPatterns = 10_000;
/** Most steps of all patterns together. */
const maxTotalSize = 500_000;
/** All patterns of a document share this much for being faster the next time. */
const cacheBytes = 64_000_000;
const smallestCacheBytes = 16_000;
const largestCacheBytes = 4_000_000;
const conditionsPerStep = 500;

/** Compiles all patterns of a document in steps: they take longest, and are often the same in many conditions. */
export function* compilePatterns(segments: readonly SegmentContext[]): Steps<ReadonlyMap<string, CompiledRegex>> {
  const texts = new Set<string>();
  for (const { rules } of segments) yield* collect(rules, texts);
  const share = cacheBytes / Math.max(Math.min(texts.size, maxPatterns), 1);
  const bytes = Math.min(Math.max(share, smallestCacheBytes), largestCacheBytes);
  const compiled = new Map<string, CompiledRegex>();
  let size = 0;
  for (const text of texts) {
    const pattern = compiled.size < maxPatterns && size < maxTotalSize ? compileRegex(text, bytes) : tooMany;
    if (pattern.ok) size += pattern.size;
    compiled.set(text, pattern);
    yield;
  }
  return compiled;
}

const tooMany: CompiledRegex = {
  ok: false,
  reason: 'unsupported',
  message: 'the document has too many patterns',
};

function* collect(rules: readonly RuleContext[], texts: Set<string>): Steps<void> {
  for (const { conditions, rules: subRules } of rules) {
    for (let i = 0; i < conditions.length; i++) {
      const text = patternOf(conditions[i] as (typeof conditions)[number]);
      if (text !== null) texts.add(text);
      if (i % conditionsPerStep === conditionsPerStep - 1) yield;
    }
    if (subRules.length > 0) yield* collect(subRules, texts);
  }
}
