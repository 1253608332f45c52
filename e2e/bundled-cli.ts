import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

const cli = fileURLToPath(new URL('../packages/cli', import.meta.url))
const longestBuildMs = 120_000

/**
 * The bundle of the command line as its sources are now, made once a run of the tests by whoever needs it first: it starts
 * several times faster than from source, and hundreds are started.
 */
export function bundledCli(): string {
  const folder = inject('bundleFolder')
  const done = join(folder, 'done')
  if (!existsSync(done)) {
    if (isFirst(folder)) build(folder, done)
    else waitFor(done)
  }
  return join(folder, 'main.mjs')
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(`${folder}.lock`)
    return true
  } catch {
    return false
  }
}

function build(folder: string, done: string): void {
  const { status, stderr } = spawnSync(process.execPath, ['build.mjs', folder], { cwd: cli })
  if (status !== 0) throw new Error(`the command line could not be bundled:\n${stderr}`)
  writeFileSync(done, '')
}

function waitFor(file: string): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  const until = Date.now() + longestBuildMs
  while (!existsSync(file)) {
    if (Date.now() > until) throw new Error('the command line was not bundled in time')
    Atomics.wait(sleeper, 0, 0, 50)
  }
}
