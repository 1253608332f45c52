import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type NodeResult, readNodes, readResults } from './artifacts.ts'
import { freshDatabase, withSession } from './fresh-database.ts'
import type { CommandRun, Complaint, Content, RecordedNode, Recording } from './recording.ts'
import { readContent } from './relation-content.ts'
import { runCommand } from './run-command.ts'

// Records what dbt makes of a project, for compare.ts:
//
//   DATABASE_URL=postgres://…/scratch tsx bench/src/compat/collect.ts <project folder>
//     --dbt <dbt program> --profiles-dir <folder> --out <file> [--target-path <folder>] [--vars <yaml>] [--runs <n>]
//
// The database that the URL names is dropped and made again; the profile must name the same one. `dbt seed`, `run`, `snapshot`,
// `test` run in turn (`run` as often as --runs says, for incremental models); then models and snapshots are built a second time,
// by other query plans, and columns that come out otherwise are marked as not stable.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dbt: { type: 'string', default: 'dbt' },
    'profiles-dir': { type: 'string' },
    'target-path': { type: 'string' },
    out: { type: 'string' },
    vars: { type: 'string' },
    runs: { type: 'string', default: '1' },
  },
})
const project = positionals[0]
const url = process.env['DATABASE_URL']
if (project === undefined || values.out === undefined || url === undefined) {
  console.error('usage: DATABASE_URL=… collect.ts <project folder> --profiles-dir <folder> --out <file>')
  process.exit(2)
}
const folder = resolve(project)
const targetFolder = resolve(values['target-path'] ?? join(folder, 'target'))
const profiles =
  values['profiles-dir'] === undefined ? [] : ['--profiles-dir', resolve(values['profiles-dir'])]
const variables = values.vars === undefined ? [] : ['--vars', values.vars]
const results = new Map<string, NodeResult>()

await freshDatabase(url)
rmSync(targetFolder, { recursive: true, force: true })
const commands: CommandRun[] = []
commands.push(dbt('seed', '--full-refresh'))
for (let run = 0; run < Number(values.runs); run++) commands.push(dbt('run'))
if (readNodes(targetFolder, results).some(({ kind }) => kind === 'snapshot')) commands.push(dbt('snapshot'))
commands.push(dbt('test'))
const nodes = readNodes(targetFolder, results)
const first = await readContents(nodes, null)

await dropSnapshots(nodes)
await planOtherwise()
for (let run = 0; run < Number(values.runs); run++) dbt('run', ...(run === 0 ? ['--full-refresh'] : []))
if (nodes.some(({ kind }) => kind === 'snapshot')) dbt('snapshot')
const second = await readContents(nodes, null)
const stable = new Map([...first].map(([id, content]) => [id, unchangedColumns(content, second.get(id))]))
const last = await readContents(nodes, stable)

const recording: Recording = {
  tool: 'dbt',
  project: folder.split('/').slice(-2).join('/'),
  recordedAt: new Date().toISOString(),
  commands,
  nodes: nodes.map((node) => ({
    ...node,
    content: combine(first.get(node.id), second.get(node.id), last.get(node.id)),
  })),
}
mkdirSync(dirname(resolve(values.out)), { recursive: true })
writeFileSync(values.out, `${JSON.stringify(recording, null, 1)}\n`)
for (const { name, exitCode, seconds } of commands) console.log(`${name}: exit ${exitCode}, ${seconds} s`)

function dbt(name: string, ...options: readonly string[]): CommandRun {
  rmSync(join(targetFolder, 'run_results.json'), { force: true })
  const run = runCommand(
    `dbt ${name}`,
    [
      values.dbt,
      '--no-use-colors',
      name,
      ...options,
      ...['--project-dir', folder, '--target-path', targetFolder, '--log-path', join(targetFolder, 'logs')],
      ...profiles,
      ...variables,
    ],
    { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' },
    ({ stdout, exitCode }) => (exitCode === 2 ? [lastLines(stdout)] : []),
  )
  for (const result of readResults(targetFolder)) results.set(result.unique_id, result)
  return run
}

function lastLines(output: string): Complaint {
  return { code: 'DBT', message: output.split('\n').slice(-12).join('\n'), place: null }
}

async function readContents(
  recorded: readonly RecordedNode[],
  stableColumns: ReadonlyMap<string, ReadonlySet<string>> | null,
): Promise<ReadonlyMap<string, Content>> {
  return withSession(url!, async (session) => {
    const contents = new Map<string, Content>()
    for (const { id, relation } of recorded) {
      if (relation === null) continue
      const content = await readContent(session, relation, stableColumns?.get(id) ?? null)
      if (content !== null) contents.set(id, content)
    }
    return contents
  })
}

/** A snapshot that is taken again over an unchanged parent changes nothing: only a new one shows what the clock decides. */
async function dropSnapshots(recorded: readonly RecordedNode[]): Promise<void> {
  await withSession(url!, async (session) => {
    for (const { kind, relation } of recorded)
      if (kind === 'snapshot' && relation !== null)
        await session.query(`drop table if exists "${relation.schema}"."${relation.name}" cascade`)
  })
}

/** Values that hang on the order in which rows happen to arrive come out otherwise when Postgres joins and groups otherwise. */
async function planOtherwise(): Promise<void> {
  await withSession(url!, async (session) => {
    await session.query('analyze')
    for (const setting of ['enable_hashjoin', 'enable_hashagg'])
      await session.query(
        `do $$ begin execute format('alter database %I set ${setting} = off', current_database()); end $$`,
      )
  })
}

function unchangedColumns(before: Content, after: Content | undefined): ReadonlySet<string> {
  const later = new Map(after?.columns.map(({ name, hash }) => [name, hash]))
  return new Set(before.columns.filter(({ name, hash }) => later.get(name) === hash).map(({ name }) => name))
}

/**
 * Rows and columns of the first build; the hash of whole rows from the second, over the stable columns, unless the two
 * builds show that the rows themselves are not stable (numbers given to rows in no particular order).
 */
function combine(
  before: Content | undefined,
  again: Content | undefined,
  last: Content | undefined,
): Content | null {
  if (before === undefined) return null
  const stable = new Map(last?.columns.map((column) => [column.name, column.stable]))
  const columns = before.columns.map((column) => ({ ...column, stable: stable.get(column.name) ?? false }))
  const shuffled = columns.every((column) => column.stable) && before.hash !== again?.hash
  const names = (content: Content | undefined) => content?.columns.map(({ name }) => name).join('\n')
  const columnOrder = names(before) === names(again)
  return {
    rows: before.rows,
    columns,
    columnOrder,
    hash: shuffled || !columnOrder ? null : (last?.hash ?? null),
  }
}
