import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateProject } from './generate-project.ts'
import { interleaved, timeProcess } from './timing.ts'

// Compile: whole processes of the bundled `models compile`, and of `dbt parse` where DBT names one.
const bin = join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const dbt = process.env['DBT']

for (const count of [100, 1000]) {
  const directory = mkdtempSync(join(tmpdir(), `strata-bench-${count}-`))
  generateProject(directory, count)
  writeFileSync(
    join(directory, 'profiles.yml'),
    'bench:\n  target: dev\n  outputs:\n    dev: { type: postgres, host: localhost, port: 1, user: x, password: x, dbname: x, schema: x, threads: 2 }\n',
  )
  const cold = () => {
    rmSync(join(directory, 'target'), { recursive: true, force: true })
    return timeProcess(['node', bin, 'compile', '--quiet'], directory)
  }
  const touched = () => {
    appendFileSync(join(directory, 'models/layer_0/m_7.sql'), '-- edited\n')
    return timeProcess(['node', bin, 'compile', '--quiet'], directory)
  }
  const dbtParse = (fresh: boolean) => () => {
    if (fresh) rmSync(join(directory, 'target'), { recursive: true, force: true })
    else appendFileSync(join(directory, 'models/layer_0/m_7.sql'), '-- edited\n')
    return timeProcess([dbt!, '--no-send-anonymous-usage-stats', 'parse', '--profiles-dir', '.'], directory)
  }
  const result = interleaved(3, {
    'models compile, cold': cold,
    'models compile, one file changed': touched,
    ...(dbt === undefined
      ? {}
      : { 'dbt parse, cold': dbtParse(true), 'dbt parse, one file changed': dbtParse(false) }),
  })
  console.log(`${count} models`)
  for (const [name, milliseconds] of Object.entries(result))
    console.log(`  ${name.padEnd(34)} ${milliseconds.toFixed(0)} ms`)
  rmSync(directory, { recursive: true })
}
