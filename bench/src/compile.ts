import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateProject } from './generate-project.ts'
import { interleaved, timeProcess } from './timing.ts'

// Compile: whole processes of the bundled `models compile`, and of `dbt` where DBT names one.
// Arguments: <models>[:<rounds>] …; a size that ends in "+" also runs `dbt compile`. Default: 100:5 1000:3
const bin = process.env['MODELS'] ?? join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const dbt = process.env['DBT']
const sizes = process.argv.length > 2 ? process.argv.slice(2) : ['100:5', '1000:3']

const aside = mkdtempSync(join(tmpdir(), 'strata-bench-aside-'))
for (const size of sizes) {
  const [models = '', rounds = '3'] = size.replace('+', '').split(':')
  const count = Number(models)
  const directory = mkdtempSync(join(tmpdir(), `strata-bench-${count}-`))
  generateProject(directory, count)
  writeFileSync(
    join(directory, 'profiles.yml'),
    'bench:\n  target: dev\n  outputs:\n    dev: { type: postgres, host: localhost, port: 1, user: x, password: x, dbname: x, schema: x, threads: 2 }\n',
  )
  const edit = () => appendFileSync(join(directory, 'models/layer_0/m_7.sql'), '-- edited\n')
  // Moved, not removed: for half a minute ext4 makes new files slowly where many have just been removed.
  let moved = 0
  const fresh = () => {
    mkdirSync(join(directory, 'target'), { recursive: true })
    renameSync(join(directory, 'target'), join(aside, `${count}-${moved++}`))
  }
  const strata = (prepare: () => void) => () => {
    prepare()
    return timeProcess(['node', bin, 'compile', '--quiet'], directory)
  }
  const peer = (command: readonly string[], prepare: () => void) => () => {
    prepare()
    const options = ['--profiles-dir', '.', '--target-path', 'target-dbt']
    return timeProcess([dbt!, '--no-send-anonymous-usage-stats', ...command, ...options], directory)
  }
  const freshPeer = () => {
    mkdirSync(join(directory, 'target-dbt'), { recursive: true })
    renameSync(join(directory, 'target-dbt'), join(aside, `dbt-${count}-${moved++}`))
  }
  const compile = ['compile', '--no-introspect', '--no-populate-cache', '--quiet']
  const result = interleaved(Number(rounds), {
    'models compile, cold': strata(fresh),
    'models compile, one file changed': strata(edit),
    'models compile, nothing changed': strata(() => {}),
    ...(dbt === undefined
      ? {}
      : {
          'dbt parse, cold': peer(['parse'], freshPeer),
          'dbt parse, one file changed': peer(['parse'], edit),
        }),
    ...(dbt === undefined || !size.includes('+') ? {} : { 'dbt compile, cold': peer(compile, freshPeer) }),
  })
  console.log(`${count} models, ${rounds} rounds`)
  for (const [name, milliseconds] of Object.entries(result))
    console.log(`  ${name.padEnd(34)} ${milliseconds.toFixed(0)} ms`)
  rmSync(directory, { recursive: true })
}
rmSync(aside, { recursive: true })
