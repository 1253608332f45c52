import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interleaved, timeProcess } from './timing.ts'

// Start-up: the bundled `models --help` against an empty node process, and against `dbt --help` where DBT names one.
const bin = join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const cwd = mkdtempSync(join(tmpdir(), 'strata-bench-'))
const dbt = process.env['DBT']
const result = interleaved(9, {
  'node -e 0': () => timeProcess(['node', '-e', '0'], cwd),
  'models --help': () => timeProcess(['node', bin, '--help'], cwd),
  ...(dbt === undefined ? {} : { 'dbt --help': () => timeProcess([dbt, '--help'], cwd) }),
})
for (const [name, milliseconds] of Object.entries(result))
  console.log(`${name.padEnd(16)} ${milliseconds.toFixed(0)} ms`)
