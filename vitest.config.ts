import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const sharedMemory = '/dev/shm'
const leastFreeBytes = 4 * 1024 ** 3

// Hundreds of databases are created and dropped: on a disk that took a sixth of all processor time in a minute's sample.
if (process.env['TMPDIR'] === undefined && isRoomy(sharedMemory)) process.env['TMPDIR'] = sharedMemory

/** Whether it is a file system in memory with space enough, from which the binaries of a server can be started. */
function isRoomy(folder: string): boolean {
  try {
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .findLast(([, place]) => place === folder)
    const { bavail, bsize } = statfsSync(folder)
    return (
      mount?.[2] === 'tmpfs' && !mount[3]!.split(',').includes('noexec') && bavail * bsize >= leastFreeBytes
    )
  } catch {
    // Not Linux.
    return false
  }
}

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
