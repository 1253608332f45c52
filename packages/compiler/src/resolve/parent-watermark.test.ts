import { expect, it } from 'vitest'
import { compileFiles } from '../testing/compile-files.ts'

const keyed = "{{ config(materialized='incremental', unique_key='id') }}"
const from = (reference: string) => `${keyed}select * from {{ increment(${reference}) }}`

it('stands at the table of a source, in its config, or in that of a model, a seed or a folder', () => {
  const { model, complaints } = compileFiles({
    'strata.yml':
      'name: shop\nsources:\n  shop:\n    legacy:\n      +watermark: xmin\nmodels:\n  shop:\n    staging:\n      +watermark: { columns: changed, lookback: 10 }\n',
    'models/s.yml': `sources:
  - name: erp
    tables:
      - name: orders
        watermark: xmin
      - name: lines
        config:
          watermark: { columns: [updated_at, created_at], logic: and, lookback: 1 day 12 hours, min: 2000-01-01, max: "2030-12-31" }
  - name: legacy
    tables: [{ name: old }]
seeds:
  - name: rates
    config: { watermark: { columns: day } }
`,
    'seeds/rates.csv': 'day,rate\n2024-01-01,1\n',
    'models/staging/t.sql': 'select 1 as changed',
    'models/v.sql': "{{ config(watermark={'columns': 'at'}) }}select 1 as at",
    'models/a.sql': from("source('erp', 'orders')"),
    'models/b.sql': from("source('erp', 'lines')"),
    'models/c.sql': from("source('legacy', 'old')"),
    'models/d.sql': from("ref('rates')"),
    'models/e.sql': from("ref('t')"),
    'models/f.sql': from("ref('v')"),
    // What records its changes is read by that.
    'models/g.sql': from("ref('f')"),
  })
  expect(complaints).toEqual([])
  const by = (name: string) => model(name).increments[0]!.by
  const columns = { kind: 'columns', logic: 'or', lookback: null, min: null, max: null }
  expect(by('a')).toEqual({ kind: 'xmin' })
  expect(by('b')).toEqual({
    kind: 'columns',
    columns: ['updated_at', 'created_at'],
    logic: 'and',
    lookback: '1 day 12 hours',
    min: '2000-01-01',
    max: '2030-12-31',
  })
  expect(by('c')).toEqual({ kind: 'xmin' })
  expect(by('d')).toEqual({ ...columns, columns: ['day'] })
  expect(by('e')).toEqual({ ...columns, columns: ['changed'], lookback: '10' })
  expect(by('f')).toEqual({ ...columns, columns: ['at'] })
  expect(by('g')).toBeUndefined()
  expect(model('a').config['track_changes']).toBeUndefined()
})

it('gives some rows again, which a model without a key would have twice', () => {
  const source =
    'sources:\n  - name: erp\n    tables: [{ name: orders, watermark: xmin }, { name: lines, watermark: { columns: at } }]\n'
  const { diagnostics, complaints } = compileFiles({
    'models/s.yml': source,
    'models/a.sql':
      "{{ config(materialized='incremental') }}select * from {{ increment(source('erp', 'orders')) }}",
    'models/b.sql':
      "{{ config(materialized='incremental', unique_key='id', incremental_strategy='append') }}select * from {{ increment(source('erp', 'lines')) }}",
    'models/c.sql':
      "{{ config(materialized='incremental', unique_key='id', incremental_predicates=['t.x > 1']) }}select * from {{ increment(source('erp', 'lines')) }}",
    // Groups that are computed anew take the place of what they were.
    'models/d.sql':
      "{{ config(materialized='incremental') }}select x from {{ source('erp', 'lines') }} where x in ({{ changed_keys(source('erp', 'lines'), 'x') }})",
  })
  expect(complaints).toEqual([
    'models/a.sql:1:58 ROWS_READ_AGAIN',
    'models/b.sql:1:106 ROWS_READ_AGAIN',
    'models/c.sql:1:111 ROWS_READ_AGAIN',
  ])
  expect(diagnostics[0]!.message).toBe(
    'erp.orders is read by xmin, which gives some rows again, and this model has no unique_key',
  )
})

it('is refused where it means nothing', () => {
  const { diagnostics, complaints } = compileFiles({
    'models/s.yml': `sources:
  - name: erp
    tables:
      - name: a
        watermark: ctid
      - name: b
        watermark: { columns: [] }
      - name: c
        watermark: { columns: at, lookback: a while }
      - name: d
        watermark: { column: at }
`,
    'models/v.sql': "{{ config(watermark='xmin') }}select 1 as id",
    'models/x.sql': "{{ config(materialized='ephemeral', watermark={'columns': 'at'}) }}select 1 as id",
    'models/m.sql': from("ref('v')"),
    'models/n.sql': from("ref('x')"),
  })
  expect(complaints).toEqual([
    'models/m.sql:1:75 XMIN_OF_VIEW',
    'models/n.sql:1:75 INCREMENT_OF_UNTRACKED',
    'models/s.yml:5:20 BAD_VALUE',
    'models/s.yml:7:31 BAD_VALUE',
    'models/s.yml:9:45 BAD_VALUE',
    'models/s.yml:11:22 UNKNOWN_KEY',
  ])
  expect(diagnostics.slice(2).map(({ message }) => message)).toEqual([
    'sources[0].tables[0].watermark: a watermark is "xmin", or a mapping that names columns',
    'sources[0].tables[1].watermark.columns: name at least one column',
    'sources[0].tables[2].watermark.lookback: a lookback is a time such as "1 day" or "36 hours", or a whole number for columns of numbers',
    'unknown key "column" in sources[0].tables[3].watermark',
  ])
})
