import { expect, test } from 'vitest'
import { compileFiles } from '../testing/compile-files.ts'
import { sourceColumns } from './source-columns.ts'

const connector =
  'connector: { kind: odata, auth: { kind: none }, instances: [{ id: 1, name: north, base_url: u }] }'

test('a landed source has the columns of its table, and after them what is declared besides', () => {
  const { all, landed, complete } = columnsOf('job: { endpoint: /studies }', [
    '{ name: data, data_type: json }',
    '{ name: site }',
  ])
  expect(landed?.map(({ name }) => name).slice(0, 2)).toEqual(['id', 'data'])
  expect(all.filter(({ name }) => name === 'data')).toEqual([{ name: 'data', dataType: 'jsonb' }])
  expect(all.at(-1)).toEqual({ name: 'site', dataType: null })
  expect(complete).toBe(true)
})

test('what nothing lands is known when each of its columns is declared with its type', () => {
  const id = '{ name: id, data_type: int }'
  expect(columnsOf('description: of others', [id])).toEqual({
    landed: null,
    all: [{ name: 'id', dataType: 'int' }],
    complete: true,
  })
  expect(columnsOf('description: of others', [id, '{ name: day }']).complete).toBe(false)
  expect(columnsOf('description: of others', []).complete).toBe(false)
})

function columnsOf(table: string, columns: readonly string[]) {
  const head = table.startsWith('job') ? `\n    ${connector}` : ''
  const { graph, complaints } = compileFiles({
    'sources/cc.yml': `sources:
  - name: cc${head}
    tables:
      - { name: studies, ${table}, columns: [${columns.join(', ')}] }
`,
  })
  expect(complaints).toEqual([])
  const source = graph.nodes.find((node) => node.kind === 'source')
  return sourceColumns(graph.nodes)(source!)
}
