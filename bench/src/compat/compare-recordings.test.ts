import { describe, expect, it } from 'vitest'
import { compareRecordings } from './compare-recordings.ts'
import type { Content, RecordedNode, Recording } from './recording.ts'

const content: Content = {
  rows: 2,
  columns: [
    { name: 'id', type: 'integer', hash: '1', stable: true },
    { name: 'loaded_at', type: 'timestamp', hash: '2', stable: false },
  ],
  columnOrder: true,
  hash: '9',
}

describe('compareRecordings', () => {
  it('finds equal content equal, whatever an unstable column holds', () => {
    const other = { ...content, columns: [content.columns[0]!, { ...content.columns[1]!, hash: '3' }] }
    const [relation] = compare([model(content)], [model(other)]).relations
    expect(relation).toMatchObject({ verdict: 'equal', differences: [], types: [] })
  })

  it('names the columns whose values differ, and the counts of rows', () => {
    const other = {
      ...content,
      rows: 3,
      columns: [{ ...content.columns[0]!, hash: '4' }, content.columns[1]!],
    }
    const [relation] = compare([model(content)], [model(other)]).relations
    expect(relation).toMatchObject({
      verdict: 'different',
      differences: ['rows: 2, found 3', 'values differ: id'],
    })
  })

  it('sees columns that are missing, added or moved', () => {
    const moved = { ...content, columns: content.columns.toReversed() }
    const renamed = {
      ...content,
      columns: [content.columns[0]!, { ...content.columns[1]!, name: 'seen_at' }],
    }
    expect(compare([model(content)], [model(moved)]).relations[0]!.differences).toEqual([
      'columns in another order',
    ])
    expect(
      compare([model({ ...content, columnOrder: false })], [model(moved)]).relations[0]!.differences,
    ).toEqual([])
    expect(compare([model(content)], [model(renamed)]).relations[0]!.differences).toEqual([
      'columns missing: loaded_at',
      'columns too many: seen_at',
    ])
  })

  it('sees values that stand in other rows', () => {
    const [relation] = compare([model(content)], [model({ ...content, hash: '8' })]).relations
    expect(relation!.verdict).toBe('different')
  })

  it('does not compare whole rows where the first tool does not repeat them', () => {
    const expected = { ...content, hash: null }
    expect(compare([model(expected)], [model({ ...content, hash: '8' })]).relations[0]!.verdict).toBe('equal')
  })

  it('reports another type beside equal values', () => {
    const other = { ...content, columns: [{ ...content.columns[0]!, type: 'bigint' }, content.columns[1]!] }
    const [relation] = compare([model(content)], [model(other)]).relations
    expect(relation).toMatchObject({ verdict: 'equal', types: ['id: integer, found bigint'] })
  })

  it('takes a pass for a pass, however many rows the limits of the test allow', () => {
    const [outcome] = compare([test('test.shop.a', 'pass', 0)], [test('test.shop.a', 'pass', 4)]).tests
    expect(outcome!.verdict).toBe('same')
  })

  it('says why a relation is missing', () => {
    const [relation] = compare(
      [model(content)],
      [{ ...model(null), status: 'error', message: 'boom' }],
    ).relations
    expect(relation).toMatchObject({ verdict: 'missing', rows: [2, null], message: 'boom' })
  })

  it('matches tests without the digest of their id, and compares how many rows failed', () => {
    const expected = [test('test.shop.unique_a.0123456789', 'fail', 2), test('test.shop.b', 'pass', 0)]
    const actual = [test('test.shop.unique_a.abcdefabcd', 'fail', 3), test('test.shop.c', 'pass', 0)]
    const { tests, added } = compare(expected, actual)
    expect(tests.map(({ verdict, expected: wanted, found }) => [verdict, wanted, found])).toEqual([
      ['different', 'fail 2', 'fail 3'],
      ['missing', 'pass', null],
    ])
    expect(added).toEqual(['test.shop.c'])
  })
})

function compare(expected: readonly RecordedNode[], actual: readonly RecordedNode[]) {
  return compareRecordings(recording(expected), recording(actual))
}

function recording(nodes: readonly RecordedNode[]): Recording {
  return { tool: 'x', project: 'shop', recordedAt: '', commands: [], nodes }
}

function model(found: Content | null): RecordedNode {
  return {
    id: 'model.shop.orders',
    kind: 'model',
    name: 'orders',
    materialized: 'table',
    status: 'success',
    message: null,
    failures: null,
    seconds: 0,
    relation: { schema: 's', name: 'orders' },
    content: found,
  }
}

function test(id: string, status: string, failures: number): RecordedNode {
  return { ...model(null), id, kind: 'test', status, failures, relation: null }
}
