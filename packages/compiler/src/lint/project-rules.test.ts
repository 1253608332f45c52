import { beforeAll, describe, expect, it } from 'vitest'
import { loadSqlParser } from '../sql/parse-sql.ts'
import { lintedFiles, lintedWithLineage, lintFiles } from '../testing/lint-files.ts'

beforeAll(loadSqlParser)

const sources = {
  'sources/shop.yml': 'sources: [{ name: shop, tables: [{ name: orders }, { name: people }] }]\n',
}

describe('missing-description', () => {
  it('finds models, seeds and snapshots of which nothing is said, where they are declared', () => {
    const files = {
      'models/a.sql': 'select 1 as x',
      'models/b.sql': 'select 1 as x',
      'models/c.sql': 'select 1 as x',
      'models/all.yml': 'models:\n  - name: b\n  - { name: c, description: One row. }\n',
      'seeds/d.csv': 'x\n1\n',
      'analyses/e.sql': 'select 1 as x',
    }
    expect(lintFiles(files, 'missing-description')).toEqual([
      'models/a.sql:1:1 missing-description',
      'models/all.yml:2:11 missing-description',
      'seeds/d.csv:1:1 missing-description',
    ])
  })
})

describe('missing-unique-test', () => {
  const find = (properties: string, files: { readonly [path: string]: string } = {}) =>
    lintFiles(
      { 'models/stg_orders.sql': 'select 1 as order_id', 'models/all.yml': properties, ...files },
      'missing-unique-test',
    )

  it('finds a key that nothing tests, where it is described', () => {
    expect(find('models:\n  - name: stg_orders\n    columns:\n      - name: order_id\n')).toEqual([
      'models/all.yml:4:15 missing-unique-test',
    ])
    expect(find('models: []')).toEqual(['models/stg_orders.sql:1:1 missing-unique-test'])
  })

  it('asks every gold model for a key', () => {
    expect(
      find('models: []', {
        'models/stg_orders.sql': 'select 1 as x',
        'models/gold/daily.sql': 'select 1 as day',
      }),
    ).toEqual(['models/gold/daily.sql:1:1 missing-unique-test'])
  })

  it.each([
    ['a test', 'columns: [{ name: order_id, data_tests: [unique] }]'],
    [
      'a test of several columns',
      'data_tests: [{ unique_combination: { arguments: { columns: [order_id, x] } } }]',
    ],
    ['a key', 'config: { materialized: incremental, unique_key: order_id }'],
    [
      'a primary key',
      'config: { materialized: table, contract: { enforced: true } }, columns: [{ name: order_id, data_type: integer, constraints: [{ type: primary_key }] }]',
    ],
    ['a unique index', 'config: { materialized: table, indexes: [{ columns: [order_id], unique: true }] }'],
    ['nothing, for there is no relation', 'config: { materialized: ephemeral }'],
  ])('takes %s for it', (_, declared) => {
    expect(find(`models: [{ name: stg_orders, ${declared} }]`)).toEqual([])
  })

  it('asks no model without a column that is called like its key', () => {
    expect(find('models: []', { 'models/stg_orders.sql': 'select 1 as person_id' })).toEqual([])
  })
})

describe('bronze-in-gold', () => {
  const models = {
    ...sources,
    'models/silver/people.sql': `select p.id from {{ source('shop', 'people') }} as p`,
    'models/gold/report.sql': `select o.id\nfrom {{ source('shop', 'orders') }} as o join {{ ref('people') }} as p on p.id = o.id`,
  }

  it('finds a gold model that reads a source', () => {
    expect(lintFiles(models, 'bronze-in-gold')).toEqual(['models/gold/report.sql:2:9 bronze-in-gold'])
  })

  it('takes for gold what the project file says', () => {
    const gold = (selectors: string) =>
      lintFiles({ ...models, 'strata.yml': `name: shop\nlint: { gold: ${selectors} }\n` }, 'bronze-in-gold')
    expect(gold('people')).toEqual(['models/silver/people.sql:1:21 bronze-in-gold'])
    expect(gold('[path:models/silver, report]')).toHaveLength(2)
    expect(gold('nothing_of_this_name')).toEqual([])
  })
})

describe('phi-in-gold', () => {
  const marked = (columns: string) => `models: [{ name: people, columns: [${columns}] }]`
  const chain = {
    ...sources,
    'models/people.sql': `select p.id, p.name, p.town from {{ source('shop', 'people') }} as p`,
    'models/people.yml': marked('{ name: name, meta: { phi: true } }'),
    'models/visits.sql': `select v.id, upper(v.name) as called, v.town from {{ ref('people') }} as v`,
    'models/gold/report.sql': `with all_visits as (select * from {{ ref('visits') }})\nselect a.id, a.called || '!' as greeting, a.town from all_visits as a`,
  }

  it('finds a marked column that comes out of a gold model unmarked, through models', () => {
    const [one, ...others] = lintedFiles(chain, 'phi-in-gold')
    expect(others).toEqual([])
    expect(one).toMatchObject({
      message:
        '"greeting" carries people.name, which is marked phi, into a gold model, and is not marked, by way of visits.called',
      location: { file: 'models/gold/report.sql', line: 2, column: 14 },
      related: [{ location: { file: 'models/people.yml', line: 1 } }],
    })
  })

  it.each([
    [
      'is marked there',
      'models/gold/report.yml',
      'models: [{ name: report, columns: [{ name: greeting, meta: { phi: true } }] }]',
    ],
    [
      'is declared to be about nobody',
      'models/gold/report.yml',
      'models: [{ name: report, columns: [{ name: greeting, meta: { phi: false } }] }]',
    ],
    [
      'was declared so on the way',
      'models/visits.yml',
      'models: [{ name: visits, columns: [{ name: called, meta: { phi: false } }] }]',
    ],
  ])('lets a column be that %s', (_, path, properties) => {
    expect(lintFiles({ ...chain, [path]: properties }, 'phi-in-gold')).toEqual([])
  })

  it('lets a column decide which rows there are', () => {
    const sql = `select v.id from {{ ref('visits') }} as v where v.called = 'ann'`
    expect(lintFiles({ ...chain, 'models/gold/report.sql': sql }, 'phi-in-gold')).toEqual([])
  })

  it('takes the lineage that was kept the last time, and finds the same by it', () => {
    const first = lintedWithLineage(chain, null, 'phi-in-gold')
    expect(first.lineage).not.toBeNull()
    const second = lintedWithLineage(chain, first.lineage, 'phi-in-gold')
    expect(second.lineage).toBeNull()
    expect(second.diagnostics).toEqual(first.diagnostics)
  })
})

describe('levels', () => {
  const files = { 'models/a.sql': 'select * from x.y', 'models/a.yml': 'models: [{ name: a }]\n' }

  it('are those of the project file, or of the rule', () => {
    const lint = (rules: string) =>
      lintedFiles({ ...files, 'strata.yml': `name: shop\nlint:\n  rules: ${rules}\n` }).map(
        ({ code, severity }) => `${code} ${severity}`,
      )
    expect(lint('{}')).toEqual([
      'select-star warning',
      'hard-coded-relation error',
      'missing-description warning',
    ])
    expect(lint('{ select-star: error, hard-coded-relation: "off", missing-description: off }')).toEqual([
      'select-star error',
    ])
  })
})

describe('off switches', () => {
  const lint = (sql: string, extra: { readonly [path: string]: string } = {}) =>
    lintFiles({ 'models/a.sql': sql, ...extra }, 'select-star', 'hard-coded-relation', 'off-switch')

  it('hold for their line, for the line below, or from the head for the file', () => {
    expect(lint('select *\nfrom x.y')).toEqual([
      'models/a.sql:1:8 select-star',
      'models/a.sql:2:6 hard-coded-relation',
    ])
    expect(lint('select * -- lint: off select-star\nfrom x.y')).toEqual([
      'models/a.sql:2:6 hard-coded-relation',
    ])
    expect(lint('select *\n  -- lint: off hard-coded-relation an old loader makes it\nfrom x.y')).toEqual([
      'models/a.sql:1:8 select-star',
    ])
    expect(
      lint(
        `{{ config(materialized='table') }}\n{# lint: off select-star, hard-coded-relation #}\nselect *\nfrom x.y`,
      ),
    ).toEqual([])
    expect(lint('/* lint: off select-star */\nselect *\nfrom x.y')).toEqual([
      'models/a.sql:3:6 hard-coded-relation',
    ])
  })

  it('hold for what is found in properties, in the file of the model too', () => {
    const properties = (comment: string) => ({ 'models/a.yml': `models:\n  - name: a${comment}\n` })
    const of = (sql: string, comment = '') =>
      lintFiles({ 'models/a.sql': sql, ...properties(comment) }, 'missing-description', 'off-switch')
    expect(of('select 1 as x')).toEqual(['models/a.yml:2:11 missing-description'])
    expect(of('-- lint: off missing-description\nselect 1 as x')).toEqual([])
    expect(of('select 1 as x', '  # lint: off missing-description')).toEqual([])
  })

  it('are told of where they switch nothing off, or name no rule', () => {
    expect(lint('select 1 as x -- lint: off select-star')).toEqual(['models/a.sql:1:15 off-switch'])
    const [misspelt] = lintedFiles({ 'models/a.sql': 'select 1 as x -- lint: off selct-star' }, 'off-switch')
    expect(misspelt).toMatchObject({
      message: 'there is no rule "selct-star" to switch off',
      hint: 'Did you mean "select-star"?',
    })
    expect(lint('select 1 as x -- lint: off')).toEqual(['models/a.sql:1:15 off-switch'])
  })

  it('are no business of rules that were not asked for', () => {
    expect(
      lintFiles({ 'models/a.sql': 'select 1 as x -- lint: off select-star' }, 'unused-cte', 'off-switch'),
    ).toEqual([])
  })
})

describe('what is looked at', () => {
  it('is the project alone: not its packages, nor what their macros write', () => {
    const files = {
      'models/a.sql': 'select {{ kit.star() }} from ({{ kit.rows() }}) as r',
      'dbt_packages/kit/dbt_project.yml': 'name: kit\n',
      'dbt_packages/kit/models/k.sql': 'select * from x.y',
      'dbt_packages/kit/macros/m.sql':
        '{% macro star() %}*{% endmacro %}{% macro rows() %}select * from x.y where 1 = null{% endmacro %}',
    }
    expect(lintFiles(files, 'select-star', 'hard-coded-relation', 'null-comparison')).toEqual([])
  })

  it('is what macros of the project write, at its place there, once', () => {
    const files = {
      'macros/m.sql': '{% macro rows() %}\nselect 1 as x where 1 = null\n{% endmacro %}',
      'models/a.sql': '{{ rows() }}',
      'models/b.sql': '{{ rows() }}',
    }
    expect(lintFiles(files, 'null-comparison')).toEqual(['macros/m.sql:2:23 null-comparison'])
  })

  it('is both forms of an incremental model, snapshots, singular tests and analyses', () => {
    const files = {
      ...sources,
      'models/a.sql': `{{ config(materialized='incremental') }}
select o.id from {{ source('shop', 'orders') }} as o
{% if is_incremental() %} where o.id = null {% endif %}`,
      'tests/t.sql': 'select 1 as x where 1 = null',
      'analyses/n.sql': 'select 1 as x where 1 = null',
    }
    expect(lintFiles(files, 'null-comparison')).toEqual([
      'analyses/n.sql:1:23 null-comparison',
      'models/a.sql:3:38 null-comparison',
      'tests/t.sql:1:23 null-comparison',
    ])
  })
})
