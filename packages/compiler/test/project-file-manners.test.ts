import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../src/testing/compile-files.ts'

const complaintsOf = (files: Files) => compileFiles(files).diagnostics

describe('configuration in the project file that is for nothing', () => {
  const files = {
    'models/marts/orders.sql': 'select 1 as id',
    'models/staging/stg_orders.sql': '{{ config(enabled=false) }}select 1 as id',
    'models/shop.yml': 'sources: [{ name: raw, tables: [{ name: orders }] }]',
    'seeds/countries.csv': 'id\n1\n',
  }
  const withProject = (text: string): Files => ({ ...files, 'strata.yml': `name: shop\n${text}` })

  it('is warned of at its place, with the folder that was meant', () => {
    expect(complaintsOf(withProject('models:\n  shop:\n    martss:\n      +materialized: table\n'))).toEqual([
      {
        code: 'UNUSED_CONFIG',
        severity: 'warning',
        message: 'the configuration below shop.martss reaches no model',
        hint: 'Did you mean "marts"?',
        location: { file: 'strata.yml', line: 4, column: 5 },
      },
    ])
  })

  it('is warned of in the trees of seeds, sources and tests as well', () => {
    const { complaints } = compileFiles(
      withProject(
        'seeds:\n  shop:\n    contries: { +schema: x }\nsources:\n  shop: { rw: { +enabled: true } }\ntests:\n  sop: { +severity: warn }\n',
      ),
    )
    expect(complaints).toEqual([
      'strata.yml:4:5 UNUSED_CONFIG',
      'strata.yml:6:11 UNUSED_CONFIG',
      'strata.yml:8:3 UNUSED_CONFIG',
    ])
  })

  it('is told where it belongs, when the name of the project is missing or an option has no plus', () => {
    const hints = complaintsOf(
      withProject('models:\n  marts: { +tags: x }\n  persist_docs: { relation: true }\n'),
    ).map(({ hint }) => hint)
    expect(hints).toEqual([
      'Write it below the name of the project: shop.marts.',
      'If it is an option and no folder, write "+persist_docs".',
    ])
  })

  it('is none where it reaches a node, be it switched off', () => {
    const tree =
      'models:\n  +tags: all\n  shop:\n    staging: { +schema: x }\n    marts: { orders: { +tags: one } }\n' +
      'seeds: { shop: { countries: { +schema: x } } }\nsources: { shop: { raw: { orders: { +enabled: true } } } }\n'
    expect(complaintsOf(withProject(tree))).toEqual([])
  })

  it('is the same when most comes from the compile cache', () => {
    const tests = '[{ name: orders, columns: [{ name: id, data_tests: [unique] }] }]'
    const whole = {
      ...withProject(
        'models: { shop: { marts: { +tags: x }, gone: { +tags: x } } }\n' +
          'seeds: { shop: { countries: { +tags: x } } }\ntests: { shop: { marts: { +severity: warn }, gone: { +limit: 1 } } }\n',
      ),
      'models/marts/orders.yml': `models: ${tests}`,
      'tests/marts/one.sql': 'select 1',
    }
    const cold = compileFiles(whole)
    const warm = compileFiles(whole, { cache: cold.cache() })
    expect(cold.complaints).toEqual(['strata.yml:2:40 UNUSED_CONFIG', 'strata.yml:4:46 UNUSED_CONFIG'])
    expect(warm.diagnostics).toEqual(cold.diagnostics)
  })

  it('is not spoken of beside a file that cannot be read', () => {
    const { complaints } = compileFiles({
      'strata.yml': 'name: shop\nmodels: { shop: { orders: { +tags: x } } }\n',
      'models/orders.sql': 'select {{',
    })
    expect(complaints).toEqual(['models/orders.sql:1:8 TEMPLATE_UNCLOSED'])
  })
})

describe('a mistake in the project file', () => {
  it('is told at its line: an option of a folder, a template, a hook', () => {
    const { complaints } = compileFiles({
      'strata.yml': `name: shop
models:
  shop:
    +schema: "{{ env_var('DBT_NOWHERE') }}"
    marts:
      materialized: tabel
on-run-end:
  -
  - "{{ unclosed"
`,
      'models/marts/a.sql': 'select 1',
    })
    expect(complaints).toEqual([
      'strata.yml:4:14 UNKNOWN_ENV_VAR',
      'strata.yml:6:21 UNKNOWN_MATERIALIZATION',
      'strata.yml:9:5 TEMPLATE_UNCLOSED',
    ])
  })
})

describe('a materialization of one’s own', () => {
  const block =
    "{# {% materialization early %} #}\n{% materialization lambda_view, adapter='postgres' %}{% endmaterialization %}"

  it('is said to be read, with its place, and not to be supported', () => {
    const [complaint, ...others] = complaintsOf({
      'macros/m.sql': block,
      'models/m.yml': 'models:\n  - name: a\n    config:\n      materialized: lambda_view\n',
      'models/a.sql': 'select 1',
    })
    expect(others).toEqual([])
    expect(complaint).toMatchObject({
      code: 'UNSUPPORTED_MATERIALIZATION',
      message: expect.stringContaining('macros/m.sql:2 defines the materialization "lambda_view"'),
      hint: expect.stringContaining('Use view, table, incremental, materialized_view or ephemeral'),
      location: { file: 'models/m.yml', line: 4, column: 21 },
      related: [{ location: { file: 'macros/m.sql', line: 2, column: 1 } }],
    })
  })

  it('that would take the place of Strata’s own is warned of where it stands', () => {
    const { complaints } = compileFiles({
      'macros/m.sql':
        "{% materialization table, default %}{% endmaterialization %}\n{% materialization view, adapter='snowflake' %}{% endmaterialization %}",
      'models/a.sql': "{{ config(materialized='table') }}select 1",
    })
    expect(complaints).toEqual(['macros/m.sql:1:1 UNSUPPORTED_MATERIALIZATION'])
  })

  it('is found in packages, and not in comments', () => {
    const of = (materialized: string) =>
      complaintsOf({
        'dbt_packages/lib/dbt_project.yml': 'name: lib\n',
        'dbt_packages/lib/macros/m.sql': block,
        'models/a.sql': `{{ config(materialized='${materialized}') }}select 1`,
      }).map(({ code }) => code)
    expect(of('lambda_view')).toEqual(['UNSUPPORTED_MATERIALIZATION'])
    expect(of('early')).toEqual(['UNKNOWN_MATERIALIZATION'])
  })
})

describe('incremental_strategy', () => {
  const complaintOf = (strategy: string, materialized = 'incremental') =>
    complaintsOf({
      'models/a.sql': `{{ config(materialized='${materialized}', unique_key='id', incremental_strategy='${strategy}') }}select 1 as id`,
    }).map(({ code, hint }) => [code, hint])

  it.each(['append', 'merge', 'delete+insert', 'default'])('may be %s', (strategy) => {
    expect(complaintOf(strategy)).toEqual([])
  })

  it('is refused where it is unknown, with what was meant', () => {
    expect(complaintOf('mege')).toEqual([['UNKNOWN_STRATEGY', 'Did you mean "merge"?']])
    expect(complaintOf('delete_insert')).toEqual([['UNKNOWN_STRATEGY', 'Did you mean "delete+insert"?']])
    expect(complaintOf('upsrt')).toEqual([['UNKNOWN_STRATEGY', 'An upsert is called "merge".']])
  })

  it('that overwrites partitions is refused with what to use instead', () => {
    expect(complaintOf('insert_overwrite')).toEqual([
      ['UNSUPPORTED_STRATEGY', expect.stringContaining("incremental_strategy='delete+insert'")],
    ])
  })

  it('is nobody’s concern where nothing is incremental', () => {
    expect(complaintOf('insert_overwrite', 'table')).toEqual([])
  })
})
