import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Tests wait for facts, for a minute each (test/support/wait.ts). These are for what hangs, on slow machines too.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    // Of what is concurrent within a file, which mostly waits.
    maxConcurrency: 8,
    globalSetup: 'test/support/temporary-root.ts',
  },
});
