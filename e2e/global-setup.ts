import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where this run of the tests bundles the command line. */
    bundleFolder: string
  }
}

/** The bundle finds its packages by where it lies: within that of the command line. */
export function setup(project: TestProject): () => void {
  const folder = fileURLToPath(new URL(`../packages/cli/dist-test-${process.pid}`, import.meta.url))
  project.provide('bundleFolder', folder)
  return () => {
    for (const path of [folder, `${folder}.lock`]) rmSync(path, { recursive: true, force: true })
  }
}
