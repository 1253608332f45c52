import type { Graph, ModelNode, Node } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { selectNodes } from './select-nodes.ts'

/** A chain a → b → c → d with a side branch x → c, tags and folders. */
const graph: Graph = {
  projectName: 'shop',
  nodes: [
    model('a', [], { tags: ['daily'], folder: 'staging' }),
    model('x', [], { folder: 'staging' }),
    model('b', ['a'], { folder: 'staging/deep' }),
    model('c', ['b', 'x'], { tags: ['daily', 'nightly'], folder: 'marts' }),
    model('d', ['c'], { folder: 'marts' }),
    test('unique_c', ['c']),
  ],
}

const pick = (select: string, exclude = '') =>
  selectNodes(graph, { select: [select], exclude: exclude === '' ? [] : [exclude] })
    .map((node) => node.name)
    .join(' ')

describe('selection', () => {
  it.each([
    ['c', 'c unique_c'],
    ['+c', 'a x b c unique_c'],
    ['1+c', 'x b c unique_c'],
    ['c+', 'c d unique_c'],
    ['1+b+1', 'a b c unique_c'],
    ['@b', 'a x b c d unique_c'],
    ['a d', 'a d'],
    ['tag:daily,tag:nightly', 'c unique_c'],
    ['+c,+b', 'a b'],
    ['tag:daily', 'a c unique_c'],
    ['path:models/staging', 'a x b'],
    ['models/marts', 'c d unique_c'],
    ['models/staging/a.sql', 'a'],
    ['file:d.sql', 'd'],
    ['staging.deep', 'b'],
    ['shop.marts.d', 'd'],
    ['resource_type:model', 'a x b c d unique_c'],
    ['config.materialized:view', 'a x b c d unique_c'],
    ['test_name:unique_c', 'unique_c'],
    ['[ab]', 'a b'],
    ['package:shop,d', 'd'],
  ])('picks for %s: %s', (selector, names) => {
    expect(pick(selector)).toBe(names)
  })

  it('takes away what is excluded, with its operators', () => {
    expect(pick('+d', '+b')).toBe('x c d unique_c')
  })

  it('picks everything when nothing is said, and leaves out the tests that are excluded', () => {
    const names = selectNodes(graph, { select: [], exclude: ['test_name:unique_c'] }).map((node) => node.name)
    expect(names).toEqual(['a', 'x', 'b', 'c', 'd'])
  })

  it('names near misses when a selector matches nothing', () => {
    const staging: Graph = { projectName: 'shop', nodes: [model('patients', [], {})] }
    expect(() => selectNodes(staging, { select: ['+patiens'], exclude: [] })).toThrow(
      expect.objectContaining({ code: 'NOTHING_SELECTED', hint: 'Did you mean "patients"?' }),
    )
  })

  it('means a model and not the source table of its name, unless the source is named', () => {
    const source: Node = {
      ...model('a', [], {}),
      kind: 'source',
      id: 'source.shop.erp.a',
      name: 'erp.a',
      fqn: ['shop', 'erp', 'a'],
      sourceName: 'erp',
      tracksChanges: false,
    }
    const both: Graph = { projectName: 'shop', nodes: [source, model('a', [], {})] }
    const kinds = (word: string) =>
      selectNodes(both, { select: [word], exclude: [] }).map((node) => node.kind)
    expect(kinds('a')).toEqual(['model'])
    expect(kinds('erp.a')).toEqual(['source'])
    expect(kinds('source:erp')).toEqual(['source'])
  })

  it('refuses @ together with + behind the name, and unknown methods', () => {
    expect(() => pick('@b+')).toThrow(expect.objectContaining({ code: 'BAD_SELECTOR' }))
    expect(() => pick('tags:daily')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SELECTOR_METHOD', hint: 'Did you mean "tag"?' }),
    )
  })
})

function model(
  name: string,
  parents: readonly string[],
  options: { tags?: string[]; folder?: string },
): ModelNode {
  const folder = options.folder ?? 'marts'
  return {
    kind: 'model',
    id: `model.shop.${name}`,
    name,
    packageName: 'shop',
    fqn: ['shop', ...folder.split('/'), name],
    location: { file: `models/${folder}/${name}.sql`, line: 1, column: 1 },
    description: '',
    tags: options.tags ?? [],
    meta: {},
    parents: parents.map((parent) => `model.shop.${parent}`),
    relation: { schema: 'public', name },
    config: { materialized: 'view', uniqueKey: [], enabled: true },
    columns: [],
    rawCode: '',
    select: { full: '', increment: null },
    increments: [],
  }
}

function test(name: string, parents: readonly string[]): Node {
  return {
    kind: 'data_test',
    id: `data_test.shop.${name}`,
    name,
    packageName: 'shop',
    fqn: ['shop', name],
    location: { file: 'models/shop.yml', line: 1, column: 1 },
    description: '',
    tags: [],
    meta: {},
    parents: parents.map((parent) => `model.shop.${parent}`),
    test: 'generic',
    testName: name,
    attachedTo: null,
    column: null,
    severity: 'error',
    rawCode: '',
    select: { full: '', increment: null },
  }
}
