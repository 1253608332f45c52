import { expect, test } from 'vitest'
import { compileFiles, sourcesOf } from '../testing/compile-files.ts'
import { propertiesPlaces } from './properties-places.ts'

const files = {
  'models/a.sql': 'select 1 as id',
  'models/b.sql': 'select 1 as id',
  'models/all.yml': `models:
  - name: b
  - description: One row.
    name: a
    columns:
      - { name: id }
      - { description: of the day, name: Day }
`,
  'analyses/n.sql': 'select 1 as id',
  'analyses/n.yml': 'analyses: [{ name: n }]\n',
}

test('nodes and columns stand where their names are written', () => {
  expect(of('a').node).toBe('models/all.yml:4:11')
  expect(of('b').node).toBe('models/all.yml:2:11')
  expect(of('n').node).toBe('analyses/n.yml:1:20')
  expect(of('a').column('id')).toBe('models/all.yml:6:17')
  expect(of('a').column('Day')).toBe('models/all.yml:7:42')
})

test('what is not described has no place', () => {
  expect(of('a').column('day')).toBeNull()
  expect(of('b').column('id')).toBeNull()
  expect(of('a', { 'models/a.sql': 'select 1 as id' }).node).toBeNull()
})

function of(name: string, given: { readonly [path: string]: string } = files) {
  const node = compileFiles(given).graph.nodes.find((one) => one.name === name)!
  const places = propertiesPlaces(sourcesOf(given).properties)
  const shown = (at: ReturnType<typeof places.ofNode>) => at && `${at.file}:${at.line}:${at.column}`
  return {
    node: shown(places.ofNode(node)),
    column: (column: string) => shown(places.ofColumn(node, column)),
  }
}
