import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'e2e/**/*.test.ts',
      'scripts/**/*.test.ts',
      'bench/src/**/*.test.ts',
    ],
    globalSetup: ['packages/postgres/src/testing/global-setup.ts', 'e2e/global-setup.ts'],
    // Most of them wait for a server.
    maxWorkers: Math.max(2, availableParallelism()),
    // Against what hangs: on a busy machine a process takes seconds to start.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
