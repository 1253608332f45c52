import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

const models: Files = { 'models/a.sql': 'select 1 as id', 'models/b.sql': "select * from {{ ref('a') }}" }

describe('docs blocks', () => {
  const files: Files = {
    'models/docs.md':
      '# Words\n{% docs id %}\nThe *id*, {{ not_rendered }}.\n{% enddocs %}\n{% docs shared %}ours{% enddocs %}',
    'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
    'dbt_packages/lib/models/docs.md':
      '{% docs shared %}theirs{% enddocs %}{% docs only %}only theirs{% enddocs %}',
    'dbt_packages/lib/models/p.yml': 'models: [{ name: p, description: "{{ doc(\'shared\') }}" }]',
    'dbt_packages/lib/models/p.sql': 'select 1',
    'models/a.sql': 'select 1 as id',
  }
  const described = (text: string) =>
    compileFiles({
      ...files,
      'models/a.yml': `models: [{ name: a, description: "${text}", columns: [{ name: id, description: "${text}" }] }]`,
    })

  it('fill in descriptions of models and columns, among other text', () => {
    const { model, complaints } = described("{{ doc('id') }} And {{ doc('shared') }}")
    expect(complaints).toEqual([])
    expect(model('a').description).toBe('The *id*, {{ not_rendered }}. And ours')
    expect(model('a').columns[0]!.description).toBe('The *id*, {{ not_rendered }}. And ours')
  })

  it('are looked for in the own package, then in the project, then in the others, or where one says', () => {
    expect(described("{{ doc('only') }} {{ doc('lib', 'shared') }}").model('a').description).toBe(
      'only theirs theirs',
    )
    expect(described('x').model('p').description).toBe('theirs')
  })

  it('that are not there are named, with the nearest', () => {
    const { diagnostics } = described("{{ doc('idd') }}")
    expect(diagnostics[0]).toMatchObject({
      code: 'UNKNOWN_DOCS',
      hint: 'Did you mean "id"?',
      location: { file: 'models/a.yml', line: 1 },
    })
  })
})

describe('an exposure', () => {
  it('is a child of all that it depends on', () => {
    const { node, complaints } = compileFiles({
      ...models,
      'models/e.yml': `sources: [{ name: erp, tables: [{ name: orders }] }]
exposures:
  - name: board
    type: dashboard
    owner: { name: Ada, email: ada@example.org }
    maturity: high
    tags: [x]
    meta: { k: v }
    depends_on: [ref('b'), "source('erp', 'orders')", "ref('shop', 'a')", ref('b')]
`,
    })
    expect(complaints).toEqual([])
    expect(node('exposure.shop.board')).toMatchObject({
      parents: ['model.shop.b', 'source.shop.erp.orders', 'model.shop.a'],
      type: 'dashboard',
      owner: { name: 'Ada' },
      maturity: 'high',
      tags: ['x'],
      meta: { k: 'v' },
    })
  })

  it('that depends on nothing known is complained of at that line', () => {
    const { complaints } = compileFiles({
      ...models,
      'models/e.yml':
        "exposures:\n  - name: board\n    type: dashboard\n    owner: { name: Ada }\n    depends_on:\n      - ref('a')\n      - ref('c')\n",
    })
    expect(complaints).toEqual(['models/e.yml:7:9 UNKNOWN_REF'])
  })

  it('can be configured by the folder of its file', () => {
    const { node } = compileFiles({
      ...models,
      'strata.yml': 'name: shop\nexposures: { shop: { deep: { +tags: [shown] } } }\n',
      'models/deep/e.yml': 'exposures: [{ name: board, type: dashboard, owner: { name: Ada } }]',
    })
    expect(node('exposure.shop.board')).toMatchObject({ fqn: ['shop', 'deep', 'board'], tags: ['shown'] })
  })

  it('can be switched off', () => {
    const { graph } = compileFiles({
      ...models,
      'models/e.yml':
        'exposures: [{ name: board, type: dashboard, owner: { name: Ada }, config: { enabled: false } }]',
    })
    expect(graph.nodes.map((one) => one.kind)).toEqual(['model', 'model'])
  })
})

describe('an analysis', () => {
  it('is compiled as a model is, and has properties and a place in the graph', () => {
    const { node, complaints } = compileFiles({
      ...models,
      'models/e.sql': "{{ config(materialized='ephemeral') }}select 1",
      'analyses/deep/x.sql': "select * from {{ ref('a') }}, {{ ref('e') }}",
      'analyses/x.yml': 'analyses: [{ name: x, description: why, config: { tags: [t] } }]',
    })
    expect(complaints).toEqual([])
    expect(node('analysis.shop.x')).toMatchObject({
      fqn: ['shop', 'analysis', 'deep', 'x'],
      description: 'why',
      tags: ['t'],
      parents: ['model.shop.a', 'model.shop.e'],
      select: {
        full: 'with __dbt__cte__e as (\nselect 1\n)\nselect * from "public"."a", __dbt__cte__e',
      },
    })
  })
})

describe('properties of what is not there', () => {
  const files: Files = {
    ...models,
    'snapshots/history.sql':
      "{% snapshot history %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select 1 as id{% endsnapshot %}",
    'analyses/report.sql': 'select 1',
    'macros/money.sql': '{% macro cents(x) %}1{% endmacro %}',
    'tests/generic/is_even.sql': '{% test is_even(model, column_name) %}select 1{% endtest %}',
    'tests/no_orphans.sql': 'select 1 where false',
  }
  const complaintsOf = (names: Record<string, readonly string[]>) => {
    const blocks = Object.entries(names).map(
      ([block, list]) => `${block}:\n${list.map((name) => `  - name: ${name}\n`).join('')}`,
    )
    return compileFiles({ ...files, 'models/p.yml': blocks.join('') }).diagnostics.map(
      ({ code, severity, hint, location }) => `${location.line} ${severity} ${code} ${hint}`,
    )
  }

  it('are warned of, with the nearest name', () => {
    expect(
      complaintsOf({
        models: ['bb'],
        snapshots: ['histroy'],
        analyses: ['reprot'],
        macros: ['cent', 'is_evne'],
        data_tests: ['no_orphan'],
        seeds: ['nothing'],
      }),
    ).toEqual([
      '2 warning PROPERTIES_WITHOUT_MODEL Did you mean "b"?',
      '4 warning PROPERTIES_WITHOUT_SNAPSHOT Did you mean "history"?',
      '6 warning PROPERTIES_WITHOUT_ANALYSIS Did you mean "report"?',
      '8 warning PROPERTIES_WITHOUT_MACRO Did you mean "cents"?',
      '9 warning PROPERTIES_WITHOUT_MACRO Did you mean "is_even"?',
      '11 warning PROPERTIES_WITHOUT_TEST Did you mean "no_orphans"?',
      '13 warning PROPERTIES_WITHOUT_SEED Remove the block, or add the CSV file.',
    ])
  })

  it('are nothing to complain of where it is there', () => {
    expect(
      complaintsOf({
        models: ['b'],
        snapshots: ['history'],
        analyses: ['report'],
        macros: ['cents', 'is_even', 'test_is_even', 'materialization_mine_default'],
        data_tests: ['no_orphans'],
      }),
    ).toEqual([])
  })
})

describe('a unit test', () => {
  const yaml = (more: string) => `unit_tests:
  - name: u
    model: m
    ${more}
    given: [{ input: ref('a'), rows: [{ id: 1 }] }]
    expect: { rows: [{ id: 1 }] }
`
  const files: Files = {
    ...models,
    'models/m.yml': 'models: [{ name: m, versions: [{ v: 1 }, { v: 2 }] }]',
    'models/m_v1.sql': "select * from {{ ref('a') }}",
    'models/m_v2.sql': "select * from {{ ref('a') }}",
  }
  const ids = (more: string) =>
    compileFiles({ ...files, 'models/u.yml': yaml(more) }).graph.nodes.flatMap((node) =>
      node.kind === 'unit_test' ? [[node.id, ...node.parents]] : [],
    )

  it('is a child of its model, once for each version that it takes', () => {
    expect(ids('tags: [x]')).toEqual([
      ['unit_test.shop.m.u_v1', 'model.shop.m.v1'],
      ['unit_test.shop.m.u_v2', 'model.shop.m.v2'],
    ])
    expect(ids('versions: { include: [2] }')).toEqual([['unit_test.shop.m.u_v2', 'model.shop.m.v2']])
    expect(ids('versions: { exclude: [2] }')).toEqual([['unit_test.shop.m.u_v1', 'model.shop.m.v1']])
  })

  it('of an unknown model is complained of; of one that is switched off it is left out', () => {
    const about = (model: string) =>
      compileFiles({
        ...models,
        'models/gone.sql': '{{ config(enabled=false) }}select 1',
        'models/u.yml': yaml('').replace('model: m', `model: ${model}`),
      })
    expect(about('mm').complaints).toEqual(['models/u.yml:3:12 UNKNOWN_REF'])
    expect(about('gone').complaints).toEqual([])
    expect(about('gone').graph.nodes.map((one) => one.kind)).toEqual(['model', 'model'])
  })
})

describe('references between packages', () => {
  const lib: Files = {
    'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
    'dbt_packages/lib/models/p.sql': "select * from {{ ref('x') }}",
    'dbt_packages/lib/models/x.sql': 'select 1',
    'strata.yml': 'name: shop\nmodels: { lib: { +schema: lib } }\n',
  }

  it('lead to the models of packages by name, and by package and name', () => {
    const { model, complaints } = compileFiles({
      ...lib,
      'models/a.sql': "{{ ref('p') }} {{ ref('lib', 'p') }}",
    })
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe('"lib"."p" "lib"."p"')
    expect(model('p').select.full).toBe('select * from "lib"."x"')
  })

  it('lead to the project first where it has a model of that name, as in dbt, unless a flag says otherwise', () => {
    const files = { ...lib, 'models/x.sql': 'select 2' }
    expect(compileFiles(files).model('p').parents).toEqual(['model.shop.x'])
    const flag = `${lib['strata.yml']}flags: { require_ref_searches_node_package_before_root: true }\n`
    expect(compileFiles({ ...files, 'strata.yml': flag }).model('p').parents).toEqual(['model.lib.x'])
  })

  it('may be redirected by switching the package’s own model off', () => {
    const { model, complaints } = compileFiles({
      ...lib,
      'strata.yml': 'name: shop\nmodels: { lib: { x: { +enabled: false } } }\n',
      'models/x.sql': 'select 2',
    })
    expect(complaints).toEqual([])
    expect(model('p').parents).toEqual(['model.shop.x'])
  })

  it('name the package that has the model, where another was asked', () => {
    const { diagnostics } = compileFiles({ ...lib, 'models/a.sql': "{{ ref('shop', 'p') }}" })
    expect(diagnostics[0]).toMatchObject({
      message: 'there is no model "p" in package "shop"',
      hint: '"p" is in "lib".',
    })
  })
})

describe('selectors.yml', () => {
  it('is read with its templates, its default and its descriptions', () => {
    const { selectors, complaints } = compileFiles({
      ...models,
      'selectors.yml': `selectors:
  - name: nightly
    description: what runs at night
    default: true
    definition:
      union:
        - { method: tag, value: nightly }
        - exclude: [{ method: fqn, value: a }]
`,
    })
    expect(complaints).toEqual([])
    expect(selectors).toMatchObject([{ name: 'nightly', default: true, description: 'what runs at night' }])
  })
})
