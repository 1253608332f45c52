import { beforeAll, expect, test } from 'vitest'
import { loadSqlParser } from '../sql/parse-sql.ts'
import { compileFiles, type Files, sourcesOf } from '../testing/compile-files.ts'
import { columnOrigins } from './column-origins.ts'
import { directKinds, type GraphLineage, graphLineage, indirectKinds, type NodeUse } from './graph-lineage.ts'

beforeAll(loadSqlParser)

const landed = `sources:
  - name: clinic
    connector: { kind: odata, auth: { kind: none }, instances: [{ id: 1, name: north, base_url: http://north.example }] }
    tables: [{ name: patients, job: { endpoint: /patients } }]
`
const declared = `sources:
  - name: shop
    tables:
      - name: orders
        columns: [{ name: id, data_type: integer }, { name: status, data_type: text }, { name: doc, data_type: jsonb }]
      - name: bare
`

test('a path into JSON goes on where a parent passes its value on as it is, and ends where something is computed', () => {
  const { origins } = lineageOf({
    'sources/x.yml': landed,
    'models/raw.sql':
      "select data->'site' as site, coalesce(data->'contact', '{}') as contact from {{ source('clinic', 'patients') }}",
    'models/cooked.sql':
      "select site->>'id' as site_id, contact->>'phone' as phone, lower(site->>'name') as name from {{ ref('raw') }}",
    'models/last.sql':
      'select site_id::int as site_id, phone, name from {{ ref("cooked") }} where phone is not null',
  })
  expect(origins('last', 'site_id')).toEqual(['direct bronze.patients.data->site->id'])
  expect(origins('last', 'phone')).toEqual(['direct ~bronze.patients.data->contact'])
  expect(origins('last', 'name')).toEqual(['direct ~bronze.patients.data->site->name'])
})

test('all columns of a bronze table, of a source with declared columns and of a seed are known', () => {
  const { columns, lineage } = lineageOf({
    'sources/x.yml': landed,
    'models/shop.yml': declared,
    'seeds/countries.csv': 'code,name\nIT,Italy\n',
    'models/of_bronze.sql': "select * from {{ source('clinic', 'patients') }}",
    'models/of_source.sql': "select * from {{ source('shop', 'orders') }}",
    'models/of_seed.sql': "select * from {{ ref('countries') }}",
    'models/of_bare.sql': "select * from {{ source('shop', 'bare') }}",
  })
  expect(Object.keys(columns('of_bronze'))).toEqual([
    ...[
      'id',
      'data',
      'source_id',
      'source_instance_id',
      'etl_job_id',
      'etl_run_id',
      'loaded_at',
      'created_at',
    ],
    ...['updated_at', 'changed_xid', 'row_hash', 'cursor_at', 'deleted_at', 'context'],
  ])
  expect(columns('of_source')).toEqual({
    id: ['direct shop.orders.id'],
    status: ['direct shop.orders.status'],
    doc: ['direct shop.orders.doc'],
  })
  expect(columns('of_seed')).toEqual({
    code: ['direct public.countries.code'],
    name: ['direct public.countries.name'],
  })
  expect(lineage.of('model.shop.of_bare')).toMatchObject({ columns: null, unknown: 'columns' })
})

test('columns of a source that are not declared are columns of it all the same', () => {
  const { columns, lineage } = lineageOf({
    'models/shop.yml': declared,
    'models/reader.sql':
      "select o.id, o.paid, upper(place) as place from {{ source('shop', 'orders') }} as o where kept > 1",
  })
  expect(columns('reader')).toEqual({
    id: ['direct shop.orders.id'],
    paid: ['direct shop.orders.paid'],
    place: ['direct ~shop.orders.place'],
  })
  expect(lineage.of('model.shop.reader')!.rows.filter.map(text)).toEqual(['shop.orders.kept'])
})

test('values keep what decides on them all the way, and rows what decides on rows one step', () => {
  const { origins, lineage } = lineageOf({
    'models/shop.yml': declared,
    'models/ranked.sql': `select id, case when status = 'open' then id end as open_id,
      row_number() over (partition by status order by id) as place from {{ source('shop', 'orders') }}`,
    'models/first.sql':
      'select sum(open_id) as total, max(place) as place from {{ ref("ranked") }} where place = 1 group by id',
  })
  expect(origins('first', 'total')).toEqual(['direct ~shop.orders.id', 'condition shop.orders.status'])
  expect(origins('first', 'place')).toEqual(['window shop.orders.status', 'window shop.orders.id'])
  const { rows, reads } = lineage.of('model.shop.first')!
  expect(indirectKinds.map((kind) => rows[kind].map(text))).toEqual([
    ['public.ranked.place'],
    [],
    ['public.ranked.id'],
    [],
  ])
  expect(reads).toEqual(['model.shop.ranked'])
})

test('an ephemeral model is a node of its own', () => {
  const { columns, origins } = lineageOf({
    'models/shop.yml': declared,
    'models/base.sql':
      "{{ config(materialized='ephemeral') }} select id, upper(status) as state from {{ source('shop', 'orders') }}",
    'models/middle.sql':
      "{{ config(materialized='ephemeral') }} select id, state || '!' as state from {{ ref('base') }}",
    'models/reader.sql':
      "with own as (select * from {{ ref('middle') }}) select own.state from own join {{ ref('base') }} as b using (id)",
  })
  expect(columns('reader')).toEqual({ state: ['direct public.middle.state'] })
  expect(columns('middle')['state']).toEqual(['direct ~public.base.state'])
  expect(origins('reader', 'state')).toEqual(['direct ~shop.orders.status'])
})

test('the times of a snapshot come from updated_at, its other columns from nothing', () => {
  const { columns } = lineageOf({
    'models/shop.yml': declared,
    'snapshots/s.sql': `{% snapshot history %}{{ config(unique_key='id', strategy='timestamp', updated_at='at', hard_deletes='new_record') }}
      select id, (doc->>'at')::timestamptz as at from {{ source('shop', 'orders') }}{% endsnapshot %}`,
    'models/now.sql': "select * from {{ ref('history') }} where dbt_valid_to is null",
  })
  expect(columns('now', 'model')).toEqual({
    id: ['direct public.history.id'],
    at: ['direct public.history.at'],
    dbt_scd_id: ['direct public.history.dbt_scd_id'],
    dbt_updated_at: ['direct public.history.dbt_updated_at'],
    dbt_valid_from: ['direct public.history.dbt_valid_from'],
    dbt_valid_to: ['direct public.history.dbt_valid_to'],
    dbt_is_deleted: ['direct public.history.dbt_is_deleted'],
  })
  expect(columns('history', 'snapshot')).toMatchObject({
    dbt_scd_id: [],
    dbt_updated_at: ['direct shop.orders.doc->at'],
    dbt_valid_from: ['direct shop.orders.doc->at'],
    dbt_valid_to: ['direct ~shop.orders.doc->at'],
    dbt_is_deleted: [],
  })
})

test('an incremental model is read by its full form', () => {
  const { columns } = lineageOf({
    'models/shop.yml': declared,
    'models/grown.sql': `{{ config(materialized='incremental', unique_key='id') }}
      select id, {% if is_incremental() %}'later'{% else %}status{% endif %} as status from {{ source('shop', 'orders') }}`,
  })
  expect(columns('grown')).toEqual({ id: ['direct shop.orders.id'], status: ['direct shop.orders.status'] })
})

test('what cannot be known says why, and those who read it stand on what is declared', () => {
  const { lineage, origins } = lineageOf({
    'models/shop.yml': `${declared}models:\n  - name: late\n    columns: [{ name: id }, { name: state }]\n`,
    'models/late.sql':
      "{% set found = run_query('select 1') %} select id, status as state from {{ source('shop', 'orders') }}",
    'models/broken.sql': "select from where {{ source('shop', 'orders') }}",
    'models/reader.sql': 'select l.* from {{ ref("late") }} as l',
    'models/foreign_reader.sql':
      'select e.kept_by, o.id from elsewhere.kept as e join {{ source("shop", "orders") }} as o on o.id = e.id',
  })
  expect(lineage.of('model.shop.late')).toMatchObject({ columns: null, unknown: 'late' })
  expect(lineage.of('model.shop.broken')).toMatchObject({ columns: null, unknown: 'syntax' })
  expect(origins('reader', 'state')).toEqual(['direct public.late.state'])
  expect(origins('foreign_reader', 'kept_by')).toEqual(['direct elsewhere.kept.kept_by'])
  expect(lineage.of('model.shop.foreign_reader')!.columns![0]!.direct[0]!.node).toBeNull()
  expect(lineage.of('exposure.shop.nothing')).toBeNull()
})

test('a source that is a relation of the project leads on to what that comes from', () => {
  const { origins } = lineageOf({
    'models/shop.yml': `${declared}  - name: own\n    schema: public\n    tables: [{ name: made }]\n`,
    'models/made.sql': "select id from {{ source('shop', 'orders') }}",
    'models/aaa_reader.sql': "select id from {{ source('own', 'made') }}",
  })
  expect(origins('aaa_reader', 'id')).toEqual(['direct shop.orders.id'])
})

function lineageOf(files: Files): {
  readonly lineage: GraphLineage
  columns(name: string, kind?: string): Record<string, string[]>
  origins(name: string, column: string): string[]
} {
  const { graph, diagnostics } = compileFiles(files)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  const sources = sourcesOf(files)
  const lineage = graphLineage(graph, [sources, ...sources.packages])
  const find = columnOrigins(lineage)
  return {
    lineage,
    columns: (name, kind = 'model') =>
      Object.fromEntries(
        (lineage.of(`${kind}.shop.${name}`)?.columns ?? []).map((column) => [
          column.name,
          directKinds.flatMap((one) => column[one].map((use) => `${one} ${text(use)}`)),
        ]),
      ),
    origins: (name, column) =>
      find(`model.shop.${name}`, column).map(
        (origin) => `${origin.kind} ${text(origin.kind === 'direct' ? origin : { ...origin, asIs: true })}`,
      ),
  }
}

function text({ relation, column, path, asIs }: NodeUse): string {
  return `${asIs ? '' : '~'}${[`${relation.schema}.${relation.name}.${column}`, ...path].join('->')}`
}
