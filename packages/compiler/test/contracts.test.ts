import { describe, expect, it } from 'vitest'
import { compileFiles } from '../src/testing/compile-files.ts'

const enforced = 'config: {contract: {enforced: true}, materialized: table}'
const yaml = (models: string) => `version: 2\nmodels:\n${models}`
const project = { 'strata.yml': 'name: shop\n' }

describe('contracts', () => {
  it('hold columns in their order and constraints with names that say what they do', () => {
    const { model, complaints } = compileFiles({
      ...project,
      'models/sites.sql': `{{ config(materialized='table') }} select 1 as id`,
      'models/visits.sql': 'select 1 as id, 2 as site',
      'models/m.yml': yaml(`
  - name: visits
    ${enforced}
    columns:
      - name: Id
        data_type: int
        constraints: [{type: primary_key}]
      - name: Site
        quote: true
        data_type: int
        constraints:
          - type: foreign_key
            to: ref('sites')
            to_columns: [id]
            expression: on delete cascade
          - {type: check, name: Positive, expression: '"Site" > 0'}
    constraints:
      - {type: unique, columns: [id, Site]}
`),
    })
    expect(complaints).toEqual([])
    const { contract, parents } = model('visits')
    expect(parents).toEqual(['model.shop.sites'])
    expect(contract?.columns?.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'int'],
      ['Site', 'int'],
    ])
    expect(contract?.constraints.map(({ name, definition }) => [name, definition])).toEqual([
      [expect.stringMatching(/^visits__strata_pk_/), 'primary key ("id")'],
      [
        expect.stringMatching(/^visits__strata_fk_/),
        'foreign key ("Site") references "public"."sites" ("id") on delete cascade',
      ],
      ['positive', 'check ("Site" > 0)'],
      [expect.stringMatching(/^visits__strata_uq_/), 'unique ("id", "Site")'],
    ])
    expect(contract?.constraints[0]?.location).toMatchObject({ file: 'models/m.yml', line: 9 })
  })

  it.each([
    ['no type', '      - name: id\n', 'CONTRACT_WITHOUT_TYPE'],
    ['no columns', '', 'CONTRACT_WITHOUT_COLUMNS'],
    [
      'an unknown column',
      '      - {name: id, data_type: int}\n    constraints: [{type: unique, columns: [ids]}]\n',
      'UNKNOWN_COLUMN',
    ],
    [
      'two primary keys',
      '      - {name: id, data_type: int, constraints: [{type: primary_key}]}\n      - {name: b, data_type: int, constraints: [{type: primary_key}]}\n',
      'TWO_PRIMARY_KEYS',
    ],
    [
      'a check of nothing',
      '      - {name: id, data_type: int, constraints: [{type: check}]}\n',
      'INCOMPLETE_CONSTRAINT',
    ],
    [
      'a foreign key to a view',
      `      - {name: id, data_type: int, constraints: [{type: foreign_key, to: "ref('v')"}]}\n`,
      'FOREIGN_KEY_TO_VIEW',
    ],
  ])('with %s are refused', (_, columns, code) => {
    const { complaints } = compileFiles({
      ...project,
      'models/a.sql': 'select 1 as id',
      'models/v.sql': 'select 1 as id',
      'models/m.yml': yaml(
        `  - name: a\n    ${enforced}\n${columns === '' ? '' : `    columns:\n${columns}`}`,
      ),
    })
    expect(complaints).toEqual([expect.stringContaining(code)])
  })

  it('are warned of where Postgres enforces no constraints, unless that is not wanted', () => {
    const files = (more: string) => ({
      ...project,
      'models/a.sql': 'select 1 as id',
      'models/m.yml': yaml(
        `  - name: a\n    columns: [{name: id, constraints: [{type: not_null${more}}]}]\n`,
      ),
    })
    expect(compileFiles(files('')).complaints).toEqual([expect.stringContaining('CONSTRAINTS_NOT_ENFORCED')])
    expect(compileFiles(files(', warn_unenforced: false')).complaints).toEqual([])
  })

  it('may point to the model itself, which is no circle; its rows may come in any order', () => {
    const { model, complaints } = compileFiles({
      ...project,
      'models/staff.sql': `{{ config(materialized='table') }} select 1 as id, null::int as boss`,
      'models/m.yml': yaml(`
  - name: staff
    columns:
      - {name: id, constraints: [{type: primary_key}]}
      - {name: boss, constraints: [{type: foreign_key, to: ref('staff'), to_columns: [id]}]}
`),
    })
    expect(complaints).toEqual([])
    const { contract, parents } = model('staff')
    expect(parents).toEqual([])
    expect(contract?.constraints.map(({ definition }) => definition)).toEqual([
      'primary key ("id")',
      'foreign key ("boss") references "public"."staff" ("id") deferrable initially deferred',
    ])
  })

  it('of seeds hold with strata.yml: constraints, and the types of a contract, behind column_types', () => {
    const files = (column: string) => ({
      'seeds/sites.csv': 'id,name,zip\n1,a,01\n',
      'seeds/s.yml': `seeds:
  - name: sites
    config: {contract: {enforced: true}, column_types: {name: varchar}}
    columns:
      - {name: id, data_type: bigint, constraints: [{type: primary_key}]}
      - {name: name, data_type: text}
      - {name: zip, data_type: text${column}}
`,
    })
    const nodeOf = ({ graph }: ReturnType<typeof compileFiles>) =>
      graph.nodes.find((node) => node.kind === 'seed')
    const own = compileFiles({ ...project, ...files('') })
    expect(own.complaints).toEqual([])
    expect(nodeOf(own)).toMatchObject({
      config: { columnTypes: { id: 'bigint', name: 'varchar', zip: 'text' } },
      contract: { columns: null, constraints: [{ definition: 'primary key ("id")' }] },
    })
    const refused = compileFiles({
      ...project,
      ...files(', constraints: [{type: foreign_key, to: "ref(\'m\')", to_columns: [id]}]'),
    })
    expect(refused.complaints).toEqual([expect.stringContaining('FOREIGN_KEY_OF_SEED')])
    const ofDbt = compileFiles({ 'dbt_project.yml': 'name: shop\n', ...files('') })
    expect(nodeOf(ofDbt)).not.toHaveProperty('contract')
  })

  it('name the circle of foreign keys that point to each other', () => {
    const points = (name: string, to: string) =>
      `  - name: ${name}\n    columns: [{name: id, constraints: [{type: foreign_key, to: "ref('${to}')", to_columns: [id]}]}]\n`
    const table = `{{ config(materialized='table') }} select 1 as id`
    const { complaints } = compileFiles({
      ...project,
      'models/a.sql': table,
      'models/b.sql': table,
      'models/m.yml': yaml(points('a', 'b') + points('b', 'a')),
    })
    expect(complaints).toEqual([expect.stringContaining('CYCLE')])
  })

  it('enforce constraints without a contract in a project of Strata alone', () => {
    const files = {
      'models/a.sql': `{{ config(materialized='table') }} select 1 as id`,
      'models/m.yml': yaml('  - name: a\n    columns: [{name: id, constraints: [{type: not_null}]}]\n'),
    }
    expect(compileFiles({ ...project, ...files }).model('a').contract?.constraints).toHaveLength(1)
    expect(compileFiles({ 'dbt_project.yml': 'name: shop\n', ...files }).model('a').contract).toBeUndefined()
  })
})

describe('policies', () => {
  it('make views that read the table read with the rights of their readers, through other views too', () => {
    const { model, complaints } = compileFiles({
      ...project,
      'models/guarded.sql': `{{ config(materialized='table', policies=[{'name': 'p', 'using': 'id > 0'}]) }} select 1 as id`,
      'models/open.sql': 'select 1 as id',
      'models/direct.sql': `select * from {{ ref('guarded') }}`,
      'models/outer.sql': `select * from {{ ref('direct') }} join {{ ref('open') }} using (id)`,
      'models/owners.sql': `{{ config(security_invoker=false) }} select * from {{ ref('guarded') }}`,
    })
    expect(complaints).toEqual([])
    const invoker = (name: string) => model(name).config['security_invoker']
    expect(['open', 'direct', 'outer', 'owners'].map(invoker)).toEqual([undefined, true, true, false])
  })

  it('are checked where they are written', () => {
    const { complaints } = compileFiles({
      ...project,
      'models/a.sql': 'select 1 as id',
      'models/m.yml': yaml('  - name: a\n    config: {policies: [{name: p, use: "id > 0"}]}\n'),
    })
    expect(complaints).toHaveLength(1)
  })
})
