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
    // Files share the modules of their worker: to load them anew for each took a tenth of the time of all tests.
    isolate: false,
    restoreMocks: true,
    // Most of them wait for a server: two workers leave a third of two processors idle.
    maxWorkers: Math.max(3, availableParallelism()),
    // Against what hangs: on a busy machine a process takes seconds to start.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
