import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { rowLines } from './lineage-tree.ts'
import { type TreeLine, treeWithPlaces } from './tree-places.ts'

const plain = createColors(false)

const tree: readonly TreeLine[] = [
  line('gold.aging.amount', 'models/gold/aging.sql:1:1', '', 0),
  line('├─ silver.invoices.amount', 'models/silver/invoices.sql:1:1', '│  ', 1),
  line('│  └─ bronze.invoices.data', 'sources/api.yml:1:1', '│     ', 2),
  line('└─ silver.unknown', '', '   ', 1),
]

test('the places of a tree stand in a column beside it', () => {
  const wanted = [
    'gold.aging.amount           models/gold/aging.sql:1:1',
    '├─ silver.invoices.amount   models/silver/invoices.sql:1:1',
    '│  └─ bronze.invoices.data  sources/api.yml:1:1',
    '└─ silver.unknown',
  ]
  expect(treeWithPlaces(tree, plain, null)).toEqual(wanted)
  expect(treeWithPlaces(tree, plain, 80)).toEqual(wanted)
})

test('a place without room beside its line stands below it, and the branches of the tree go on', () => {
  expect(treeWithPlaces(tree, plain, 48)).toEqual([
    'gold.aging.amount  models/gold/aging.sql:1:1',
    '├─ silver.invoices.amount',
    '│  │  models/silver/invoices.sql:1:1',
    '│  └─ bronze.invoices.data  sources/api.yml:1:1',
    '└─ silver.unknown',
  ])
})

test('what decides on rows is broken between names, and goes on below the first of them', () => {
  const use = (column: string) => ({
    relation: { schema: 'silver', name: 'visits' },
    column,
    path: [],
    asIs: true,
    node: null,
  })
  const rows = { filter: [use('status')], join: ['a', 'b', 'c'].map(use), group: [], order: [] }
  expect(rowLines({ rows }, plain, 52)).toEqual([
    '',
    'its rows',
    '  filtered by  silver.visits.status',
    '  joined by    silver.visits.a, silver.visits.b,',
    '               silver.visits.c',
  ])
  expect(rowLines({ rows }, plain, null).at(-1)).toBe(
    '  joined by    silver.visits.a, silver.visits.b, silver.visits.c',
  )
})

function line(text: string, place: string, below: string, depth: number): TreeLine {
  return { text, width: text.length, place, below, depth }
}
