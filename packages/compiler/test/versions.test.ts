import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

const files: Files = {
  'models/m.yml': `models:
  - name: m
    latest_version: 2
    description: every version
    config: { materialized: table }
    columns:
      - { name: id, data_tests: [unique] }
      - { name: old }
      - { name: kept, description: kept }
    data_tests: [some]
    versions:
      - v: 1
        defined_in: the_first
        config: { alias: m_first }
      - v: 2
        description: the second
        columns: [{ include: all, exclude: [old] }, { name: fresh, data_tests: [not_null] }]
      - v: 3
        config: { materialized: view }
        columns: [{ include: [id] }]
        data_tests: []
`,
  'macros/some.sql': '{% test some(model) %}select 1 from {{ model }}{% endtest %}',
  'models/deep/the_first.sql': 'select 1 as id',
  'models/m_v2.sql': 'select 2 as id',
  'models/m.v3.sql': 'select 3 as id',
}

describe('versions of a model', () => {
  const compiled = compileFiles(files)
  const node = (version: number) => compiled.node(`model.shop.m.v${version}`)

  it('are nodes of one name, each with its file, its relation and its configuration', () => {
    expect(compiled.complaints).toEqual([])
    expect(node(1)).toMatchObject({
      name: 'm',
      version: 1,
      latestVersion: 2,
      fqn: ['shop', 'deep', 'm', 'v1'],
      location: { file: 'models/deep/the_first.sql' },
      relation: { name: 'm_first' },
      description: 'every version',
    })
    expect(node(2)).toMatchObject({
      fqn: ['shop', 'm', 'v2'],
      relation: { name: 'm_v2' },
      config: { materialized: 'table' },
      description: 'the second',
    })
    expect(node(3)).toMatchObject({ relation: { name: 'm_v3' }, config: { materialized: 'view' } })
  })

  it('have the columns of the model, less what they leave out, with their own', () => {
    const columns = (version: number) =>
      (node(version) as { columns?: readonly { name: string }[] }).columns!.map((column) => column.name)
    expect(columns(1)).toEqual(['id', 'old', 'kept'])
    expect(columns(2)).toEqual(['id', 'kept', 'fresh'])
    expect(columns(3)).toEqual(['id'])
  })

  it('have the tests of their columns, and those of the model unless they name their own', () => {
    const tests = compiled.graph.nodes.filter((one) => one.kind === 'data_test')
    expect(tests.map((test) => [test.name, test.attachedTo])).toEqual(
      expect.arrayContaining([
        ['some_m_v1_', 'model.shop.m.v1'],
        ['unique_m_v1_id', 'model.shop.m.v1'],
        ['some_m_v2_', 'model.shop.m.v2'],
        ['unique_m_v2_id', 'model.shop.m.v2'],
        ['not_null_m_v2_fresh', 'model.shop.m.v2'],
        ['unique_m_v3_id', 'model.shop.m.v3'],
      ]),
    )
    expect(tests).toHaveLength(6)
    const test = compiled.dataTest('unique_m_v1_id')
    expect(test.select.full).toContain('"public"."m_first"')
    expect(test.parents).toEqual(['model.shop.m.v1'])
  })

  it('are referred to by v or version, and without it the latest is meant', () => {
    const { model, complaints } = compileFiles({
      ...files,
      'models/a.sql':
        "{{ ref('m') }} {{ ref('m', v=1) }} {{ ref('m', version='3') }} {{ ref('shop', 'm', v=2) }}",
    })
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe('"public"."m_v2" "public"."m_first" "public"."m_v3" "public"."m_v2"')
    expect(model('a').parents).toEqual(['model.shop.m.v2', 'model.shop.m.v1', 'model.shop.m.v3'])
  })

  it('are counted where no latest one is named: the highest number', () => {
    const { model } = compileFiles({
      'models/m.yml': 'models: [{ name: m, versions: [{ v: 2 }, { v: 10 }] }]',
      'models/m_v2.sql': 'select 2',
      'models/m_v10.sql': 'select 10',
      'models/a.sql': "{{ ref('m') }}",
    })
    expect(model('a').select.full).toBe('"public"."m_v10"')
  })

  it('that are not there are complained of, with those that are', () => {
    const { diagnostics } = compileFiles({
      ...files,
      'models/a.sql': "{{ ref('m', v=7) }}",
      'models/b.sql': "{{ ref('a', v=1) }}",
    })
    expect(diagnostics.map(({ message, hint }) => [message, hint])).toEqual([
      ['the model "m" has no version 7', 'Its versions are 1, 2, 3.'],
      ['"a" has no versions', "Write ref('a') without a version."],
    ])
  })

  it('without a file are complained of at their properties', () => {
    const { complaints } = compileFiles({
      'models/m.yml': 'models: [{ name: m, versions: [{ v: 1 }, { v: 2 }] }]',
      'models/m_v1.sql': 'select 1',
    })
    expect(complaints).toEqual(['models/m.yml:1:31 VERSION_WITHOUT_FILE'])
  })

  it('can be switched off one by one', () => {
    const { graph, complaints } = compileFiles({
      'models/m.yml':
        'models: [{ name: m, latest_version: 1, versions: [{ v: 1 }, { v: 2, config: { enabled: false } }] }]',
      'models/m_v1.sql': 'select 1',
      'models/m_v2.sql': 'select 2',
      'models/a.sql': "{{ ref('m') }}",
    })
    expect(complaints).toEqual([])
    expect(graph.nodes.map((one) => one.id)).toEqual(['model.shop.a', 'model.shop.m.v1'].toSorted(byParents))
  })
})

/** Parents first. */
function byParents(a: string): number {
  return a.includes('.m.') ? -1 : 1
}
