import { describe, expect, test } from 'vitest';
import { DeferredValidation } from './deferred.ts';
import { parseToken } from './parse.ts';
import { manualTimers, recordingLogger } from './testing.ts';
import { TokenCache } from './token-cache.ts';
import type { EdgeToken } from './types.ts';
import { TokenValidationError } from './validation-error.ts';
import { TokenValidator } from './validator.ts';

const valid = (token: string): EdgeToken => ({
  ...(parseToken(token) as EdgeToken),
  type: 'client',
  status: 'Validated',
});

function setUp(isValid: (token: string) => boolean = () => true) {
  const timers = manualTimers();
  const logger = recordingLogger();
  const questions: (readonly string[])[] = [];
  const state = { down: false, active: 0, mostActive: 0, answers: 0 };
  const cache = new TokenCache({ refused: 100, refusedForMs: 60_000, accepted: 1000 }, timers.now);
  const validator = new TokenValidator({
    cache,
    ask: async (tokens) => {
      questions.push(tokens);
      state.active++;
      state.mostActive = Math.max(state.mostActive, state.active);
      await Promise.resolve();
      state.active--;
      if (state.down) throw new TokenValidationError({ kind: 'network' }, 'nobody there');
      return tokens.filter(isValid).map(valid);
    },
    timers,
    logger,
    concurrency: 2,
    batchSize: 10,
    queueLimit: 500,
    failureForMs: 2_000,
    onAnswered: () => state.answers++,
  });
  return { timers, logger, questions, state, cache, validator };
}

describe('TokenValidator', () => {
  test('asks once for what many ask at the same time, in few bounded questions', async () => {
    const { validator, questions, state, cache } = setUp();
    const tokens = Array.from({ length: 101 }, (_, i) => `*:dev.${i}`);
    await Promise.all([...tokens, ...tokens].map((token) => validator.validate(token)));
    expect(questions.flat().sort()).toEqual([...tokens].sort());
    expect(questions.length).toBeLessThan(20);
    expect(state.mostActive).toBe(2);
    expect(cache.size).toBe(101);
    expect(validator.pending).toBe(0);
  });

  test('a refused token is asked about again only after a while, and memory for strangers is bounded', async () => {
    const { validator, cache, timers, questions } = setUp(() => false);
    await validator.validateAll(['*:dev.no', 'jamesbond']);
    expect(cache.get('*:dev.no')).toMatchObject({ status: 'Invalid', type: 'invalid' });
    await validator.validateAll(['*:dev.no']);
    expect(questions).toEqual([['*:dev.no']]);
    await timers.advance(60_001);
    expect(cache.get('*:dev.no')).toBeUndefined();
    for (let i = 0; i < 300; i++) await validator.validate(`*:dev.${i}`);
    expect(cache.refusedSize).toBe(100);
  });

  test('a token created after its first use is accepted once the refusal is forgotten', async () => {
    let created = false;
    const { validator, cache, timers } = setUp(() => created);
    await validator.validate('*:dev.later');
    created = true;
    await timers.advance(60_001);
    await validator.validateAll(['*:dev.later']);
    expect(cache.get('*:dev.later')?.status).toBe('Validated');
  });

  test('when upstream cannot be asked, nothing is decided, and it is not asked with every request', async () => {
    const { validator, cache, timers, questions, state } = setUp();
    state.down = true;
    await expect(validator.validate('*:dev.a')).rejects.toThrow('nobody there');
    await expect(validator.validate('*:dev.a')).rejects.toThrow('nobody there');
    expect(questions).toHaveLength(1);
    expect(cache.get('*:dev.a')).toBeUndefined();
    state.down = false;
    await timers.advance(2_001);
    await expect(validator.validate('*:dev.a')).resolves.toMatchObject({ type: 'client' });
  });

  test('fails at once when too many wait', async () => {
    const { validator } = setUp();
    const all = await Promise.allSettled(Array.from({ length: 800 }, (_, i) => validator.validate(`*:dev.${i}`)));
    const refused = all.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(200);
    expect(refused[0]).toMatchObject({ reason: { failure: { kind: 'overloaded' } } });
  });

  test('asking again refuses what is missing, tells about it, and changes nothing when it fails', async () => {
    let revoked = false;
    const { validator, cache, state } = setUp(() => !revoked);
    const told: string[] = [];
    cache.onRevoked(({ token }) => told.push(token));
    await validator.validateAll(['*:production.123secret', '*:dev.b']);
    revoked = true;
    state.down = true;
    await validator.revalidate();
    expect(cache.get('*:production.123secret')?.status).toBe('Validated');
    state.down = false;
    await validator.revalidate(['*:dev.b']);
    expect(told).toEqual(['*:dev.b']);
    await validator.revalidate();
    expect(cache.get('*:production.123secret')?.status).toBe('Invalid');
    expect(cache.size).toBe(0);
  });
});

describe('DeferredValidation', () => {
  test('refuses until the background answer is there', async () => {
    const { validator, cache, timers, logger, questions } = setUp((token) => token.endsWith('good'));
    const deferred = new DeferredValidation(cache, validator, timers, logger, 100);
    for (const text of ['*:dev.good', '*:dev.bad', '*:dev.good']) deferred.defer(parseToken(text) as EdgeToken);
    expect(cache.get('*:dev.good')?.status).toBe('Invalid');
    expect(questions).toHaveLength(0);
    await timers.advance(1_001);
    expect(questions.flat().sort()).toEqual(['*:dev.bad', '*:dev.good']);
    expect(cache.get('*:dev.good')?.status).toBe('Validated');
    expect(cache.get('*:dev.bad')?.status).toBe('Invalid');
  });

  test('a batch that failed is not lost for ever', async () => {
    const { validator, cache, timers, logger, state } = setUp();
    const deferred = new DeferredValidation(cache, validator, timers, logger, 100);
    state.down = true;
    deferred.defer(parseToken('*:dev.a') as EdgeToken);
    await timers.advance(1_001);
    expect(logger.lines.join()).toContain('in the background');
    state.down = false;
    await timers.advance(60_001);
    expect(cache.get('*:dev.a')).toBeUndefined();
    deferred.defer(parseToken('*:dev.a') as EdgeToken);
    await timers.advance(1_001);
    expect(cache.get('*:dev.a')?.status).toBe('Validated');
  });
});
