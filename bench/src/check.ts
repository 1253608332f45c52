import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateProject } from './generate-project.ts'
import { interleaved, timeProcess } from './timing.ts'

// Check: whole processes of the bundled `models check`, which keeps the column lineage, of `models lineage`, and of `models
// compile` for what of it is compiling.
// Arguments: <models>[:<rounds>] … Default: 1000:3 5000:1
const bin = process.env['MODELS'] ?? join(import.meta.dirname, '../../packages/cli/dist/main.mjs')
const sizes = process.argv.length > 2 ? process.argv.slice(2) : ['1000:3', '5000:1']

for (const size of sizes) {
  const [models = '', rounds = '3'] = size.split(':')
  const directory = mkdtempSync(join(tmpdir(), `strata-bench-check-${models}-`))
  generateProject(directory, Number(models))
  const edit = () => appendFileSync(join(directory, 'models/layer_0/m_7.sql'), '-- edited\n')
  const aside = mkdtempSync(join(tmpdir(), 'strata-bench-aside-'))
  // Moved, not removed: for half a minute ext4 makes new files slowly where many have just been removed.
  let moved = 0
  const fresh = () => {
    mkdirSync(join(directory, 'target'), { recursive: true })
    renameSync(join(directory, 'target'), join(aside, String(moved++)))
  }
  const run = (command: readonly string[], prepare: () => void) => () => {
    prepare()
    return timeProcess(['node', bin, ...command], directory)
  }
  const database = (action: string) => spawnSync('node', [bin, 'db', action], { cwd: directory })
  // A developer has it running; to start it takes half a second more.
  database('start')
  const result = interleaved(Number(rounds), {
    'models compile, cold': run(['compile', '--quiet'], fresh),
    'models check, cold': run(['check', '--quiet'], fresh),
    'models check, one file edited': run(['check', '--quiet'], edit),
    'models check, nothing edited': run(['check', '--quiet'], () => {}),
    'models lineage, after a check': run(['lineage', `m_${Number(models) - 1}`], () => {}),
    'models compile, nothing edited': run(['compile', '--quiet'], () => {}),
  })
  console.log(`${models} models, ${rounds} rounds`)
  for (const [name, milliseconds] of Object.entries(result))
    console.log(`  ${name.padEnd(34)} ${milliseconds.toFixed(0)} ms`)
  database('stop')
  for (const one of [directory, aside]) rmSync(one, { recursive: true, force: true })
}
