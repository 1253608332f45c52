import { beforeAll, expect, test } from 'vitest'
import { loadSqlParser, parseSql } from '../sql/parse-sql.ts'
import { compileFiles, type Files, sourcesOf } from '../testing/compile-files.ts'
import { type GraphLineage, graphLineage } from './graph-lineage.ts'

beforeAll(loadSqlParser)

const files: Files = {
  'models/sources.yml': `sources:
  - name: shop
    tables:
      - name: orders
        columns: [{ name: id, data_type: integer }, { name: status, data_type: text }]
`,
  'models/orders.sql': "select * from {{ source('shop', 'orders') }}",
  'models/open.sql': `select id, case when status = 'open' then data->'a'->>'b' end as "tab\tand\nline"
from {{ ref('orders') }} cross join {{ ref('extra') }} where status is not null order by id`,
  'models/extra.sql': "select '{}'::jsonb as data",
  'models/last.sql': "select * from {{ ref('open') }}",
}

test('what was kept is the lineage as it was made', () => {
  const first = made(files, null)
  const again = made(files, first.keep())
  for (const { id } of first.graph.nodes) expect(again.of(id)).toEqual(first.of(id))
  expect(again.of(first.graph.nodes.find(({ name }) => name === 'open')!.id)?.columns).toHaveLength(2)
})

test('nothing is written where all is as it was', () => {
  expect(made(files, made(files, null).keep()).keep()).toBeNull()
})

test('nothing is parsed again but what was edited, and what reads columns that are others', () => {
  const before = made(files, null).keep()
  const renamed = { ...files, 'models/extra.sql': "select '{}'::jsonb as data, 1 as more" }
  expect(anew(renamed, before)).toEqual(['extra', 'open'])
  const spaced = { ...files, 'models/open.sql': `${files['models/open.sql']!} -- edited` }
  expect(anew(spaced, before)).toEqual(['open'])
  const declared = files['models/sources.yml']!.replace('}]', '}, { name: paid }]')
  expect(anew({ ...files, 'models/sources.yml': declared }, before)).toEqual(['open', 'orders'])
})

test('another lineage comes of what was edited', () => {
  const before = made(files, null).keep()
  const edited = made({ ...files, 'models/orders.sql': 'select 1 as id, 2 as status, 3 as x' }, before)
  const orders = edited.graph.nodes.find(({ name, kind }) => name === 'orders' && kind === 'model')!
  expect(edited.of(orders.id)?.columns?.map(({ name }) => name)).toEqual(['id', 'status', 'x'])
  expect(made({ ...files, 'models/last.sql': 'select 1 as a' }, before).keep()).not.toBeNull()
})

test('a text of another format or one that is cut says nothing', () => {
  const first = made(files, null)
  const text = first.keep()!
  for (const wrong of ['', '{}', text.slice(0, -200), text.replace('lineage', 'l')]) {
    const again = made(files, wrong)
    for (const { id } of first.graph.nodes) expect(again.of(id)).toEqual(first.of(id))
  }
})

test('what has been parsed already is learned', () => {
  const { graph } = compileFiles(files)
  const lineage = graphLineage(graph, [sourcesOf(files)])
  const node = graph.nodes.find(({ name }) => name === 'extra')!
  const parsed = parseSql('select 1 as other')
  if (parsed.kind !== 'parsed') throw new Error(parsed.message)
  lineage.learn(node.id, parsed)
  expect(lineage.of(node.id)?.columns?.map(({ name }) => name)).toEqual(['other'])
})

function made(given: Files, kept: string | null): GraphLineage {
  const { graph, diagnostics } = compileFiles(given)
  expect(diagnostics).toEqual([])
  const lineage = graphLineage(graph, [sourcesOf(given)], kept)
  for (const { id } of graph.nodes) lineage.of(id)
  return lineage
}

/** Names of the nodes whose kept line is another after an edit. */
function anew(edited: Files, kept: string | null): readonly string[] {
  const linesOf = (text: string | null) => new Set(text?.split('\n'))
  const before = linesOf(kept)
  return [...linesOf(made(edited, kept).keep())]
    .filter((line) => !before.has(line))
    .map((line) => line.split('\t')[0]!.split('.').at(-1)!)
    .sort()
}
