import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compareRecordings } from './compare-recordings.ts'
import { freshDatabase, withSession } from './fresh-database.ts'
import { printComparison } from './print-comparison.ts'
import type { RecordedNode, Recording } from './recording.ts'
import { readContent } from './relation-content.ts'
import { runStrata } from './run-strata.ts'

// Compatibility, measured: runs Strata over a public dbt project and compares every relation and every test with what
// dbt made of it (recorded by collect.ts).
//
//   DATABASE_URL=postgres://…/scratch tsx bench/src/compat/compare.ts <project folder>
//     --baseline <file> --schema <schema of dbt's profile> [--vars <yaml>] [--runs <n>] [--out <file>]
//
// How to repeat it: check out the project (for a package, its `integration_tests` folder), let `dbt deps` fill `dbt_packages/`, write a
// profile for a Postgres database, run collect.ts, then this with the same database and schema names, for some projects store them in their rows.
// The database that the URL names is dropped and made again. Exit code 1 where anything differs.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    baseline: { type: 'string' },
    schema: { type: 'string' },
    vars: { type: 'string' },
    runs: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
})
const project = positionals[0]
const url = process.env['DATABASE_URL']
if (
  project === undefined ||
  values.baseline === undefined ||
  values.schema === undefined ||
  url === undefined
) {
  console.error(
    'usage: DATABASE_URL=… compare.ts <project folder> --baseline <file> --schema <schema of the profile>',
  )
  process.exit(2)
}
const baseline = JSON.parse(readFileSync(values.baseline, 'utf8')) as Recording

await freshDatabase(url)
const { commands, nodes } = runStrata({
  folder: resolve(project),
  schema: values.schema,
  vars: values.vars ?? null,
  commands: [
    ...['seed', ...Array.from({ length: Number(values.runs) }, () => 'run')],
    ...(baseline.nodes.some(({ kind }) => kind === 'snapshot') ? ['snapshot'] : []),
    'test',
  ],
})
const recording: Recording = {
  tool: 'strata',
  project: baseline.project,
  recordedAt: new Date().toISOString(),
  commands,
  nodes: await withContents(nodes),
}
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(recording, null, 1)}\n`)
const comparison = compareRecordings(baseline, recording)
for (const line of printComparison(baseline, recording, comparison)) console.log(line)
const good =
  comparison.relations.every(({ verdict }) => verdict === 'equal') &&
  comparison.tests.every(({ verdict }) => verdict === 'same')
process.exit(good ? 0 : 1)

async function withContents(built: readonly RecordedNode[]): Promise<readonly RecordedNode[]> {
  const stable = new Map(
    baseline.nodes.map(({ id, content }) => [
      id,
      new Set(content?.columns.filter((column) => column.stable).map(({ name }) => name)),
    ]),
  )
  return withSession(url!, async (session) => {
    const all: RecordedNode[] = []
    for (const node of built) {
      const content =
        node.relation === null ? null : await readContent(session, node.relation, stable.get(node.id) ?? null)
      all.push({ ...node, content })
    }
    return all
  })
}
