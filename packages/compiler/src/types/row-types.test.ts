import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Database, NodeId } from '@strata/core'
import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import type { Shape } from '../lineage/query-lineage.ts'
import { compileFiles, type Files } from '../testing/compile-files.ts'
import { interfaceNames } from './interface-names.ts'
import { printRowTypes } from './print-row-types.ts'
import { rowTypes } from './row-types.ts'

/** The driver itself, with the parsers that it comes with. */
const pg = createRequire(join(import.meta.dirname, '../../../postgres/package.json'))('pg') as {
  readonly Client: new (settings: {
    readonly connectionString: string
  }) => {
    connect(): Promise<void>
    query(sql: string): Promise<{ readonly rows: readonly Record<string, unknown>[] }>
    end(): Promise<void>
  }
}

const relation = (name: string, schema = 'gold') => ({ schema, name })

describe('the name of the rows of a relation', () => {
  test('is its name in capitals, with its schema where two are alike or it means something else', () => {
    const names = (...list: (readonly [string, string])[]) =>
      interfaceNames(list.map(([schema, name]) => relation(name, schema)))
    expect(names(['gold', 'patient_visits'])).toEqual(['PatientVisits'])
    expect(names(['gold', 'patients'], ['silver', 'patients'])).toEqual(['GoldPatients', 'SilverPatients'])
    expect(names(['gold', 'date'], ['gold', '2024 visits'], ['gold', 'été'])).toEqual([
      'GoldDate',
      '_2024Visits',
      'Été',
    ])
    expect(names(['gold', 'string'], ['gold', 'error'], ['gold', 'map'])).toEqual([
      'GoldString',
      'GoldError',
      'GoldMap',
    ])
    expect(names(['a', 'b_c'], ['a', 'b c'], ['a', '-'])).toEqual(['ABC', 'ABC2', '_'])
  })
})

describe('the text of row types', () => {
  test('holds hostile names and descriptions harmlessly', () => {
    const text = printRowTypes(
      [
        {
          relation: relation('x'),
          description: 'Ends */ here\n\n@see {@link x}',
          columns: [
            { name: 'class', type: 'text', notNull: true, description: '' },
            { name: 'first name', type: 'text', notNull: false, description: 'two\r\nlines' },
            { name: '"; drop\\\n', type: 'jsonb', notNull: false, description: '' },
            { name: '__proto__', type: null, notNull: false, description: '' },
          ],
        },
      ],
      new Map(),
      'pg',
    )
    const empty = printRowTypes([], new Map(), 'kysely')
    expect(compileErrors({ 'rows.ts': text, 'empty.ts': empty })).toEqual([])
    expect(text).toContain('Ends *\\/ here')
    expect(text).toMatchInlineSnapshot(`
      "// Written by \`models types\`: change the models, not this file.

      /** What json and jsonb hold. */
      export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

      /**
       * gold.x
       *
       * Ends *\\/ here
       *
       * @see {@link x}
       */
      export interface X {
        class: string
        /**
         * two
         * lines
         */
        "first name": string | null
        "\\"; drop\\\\\\n": JsonValue
        __proto__: unknown
      }
      "
    `)
  })
})

/** What `tsc --strict` says of files. */
function compileErrors(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'strata-types-'))
  try {
    symlinkSync(join(import.meta.dirname, '../../../../node_modules'), join(folder, 'node_modules'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const program = ts.createProgram(
      Object.keys(files).map((name) => join(folder, name)),
      {
        strict: true,
        noEmit: true,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        types: ['node'],
        skipLibCheck: true,
      },
    )
    return ts
      .getPreEmitDiagnostics(program)
      .map(
        ({ file, messageText }) =>
          `${basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Types the models of files on a database that already holds them. */
async function typed(database: Database, files: Files, trustTests = false) {
  const { graph, complaints } = compileFiles(files)
  expect(complaints).toEqual([])
  const shapes = new Map<NodeId, Shape>()
  for (const node of graph.nodes) {
    if (!('relation' in node)) continue
    const { rows } = await database.query<{ name: string; type: string }>({
      text: `select attname::text as name, format_type(atttypid, atttypmod) as type from pg_attribute
where attrelid = to_regclass(format('%I.%I', $1::text, $2::text)) and attnum > 0 and not attisdropped order by attnum`,
      values: [node.relation.schema, node.relation.name],
    })
    shapes.set(node.id, { columns: rows.length === 0 ? null : rows })
  }
  return (server: Parameters<typeof createTestDatabase>[0]) => onScratch(server)

  async function onScratch(server: Parameters<typeof createTestDatabase>[0]) {
    const scratch = await createTestDatabase(server)
    try {
      const nodes = graph.nodes
      return await scratch.database.session((session) =>
        rowTypes({ graph, nodes, shapes, scratch: session, target: database, trustTests }),
      )
    } finally {
      await scratch.drop()
    }
  }
}

/** One column a type, with a value of it, and how it is told at run time. */
const values: readonly (readonly [type: string, value: string])[] = [
  ['smallint', '1'],
  ['integer', '1'],
  ['bigint', '9007199254740993'],
  ['numeric(20,2)', '1.50'],
  ['real', '1.5'],
  ['double precision', "'NaN'"],
  ['boolean', 'true'],
  ['text', "'a'"],
  ['varchar(3)', "'a'"],
  ['char(3)', "'a'"],
  ['name', "'a'"],
  ['uuid', "'00000000-0000-0000-0000-000000000001'"],
  ['date', "'2026-01-02'"],
  ['timestamp(3)', "'2026-01-02 03:04'"],
  ['timestamptz', "'2026-01-02 03:04Z'"],
  ['time', "'03:04'"],
  ['timetz', "'03:04Z'"],
  ['interval', "'1 day 2 hours'"],
  ['interval day', "'1 day'"],
  ['interval day to second(3)', "'1 day 2 seconds'"],
  ['interval(2)', "'1 day'"],
  ['json', "'[1]'"],
  ['jsonb', `'{"a": null}'`],
  ['bytea', "'\\x00'"],
  ['point', "'(1,2)'"],
  ['circle', "'<(1,2),3>'"],
  ['inet', "'10.0.0.1'"],
  ['money', "'1.00'"],
  ['bit varying(3)', "'101'"],
  ['xid8', "'7'"],
  ['int4range', "'[1,2)'"],
  ['tstzrange', "'empty'"],
  ['tsvector', "'a b'"],
  ['integer[]', "'{1,null}'"],
  ['bigint[]', "'{1}'"],
  ['numeric[]', "'{1.5}'"],
  ['text[]', "'{a}'"],
  ['varchar(2)[]', "'{a}'"],
  ['boolean[]', "'{t}'"],
  ['date[]', "'{2026-01-02}'"],
  ['timestamptz[]', "'{2026-01-02 03:04Z}'"],
  ['jsonb[]', `'{"{\\"a\\": 1}"}'`],
  ['uuid[]', "'{00000000-0000-0000-0000-000000000001}'"],
  ['interval[]', "'{1 day}'"],
  ['interval day[]', "'{1 day}'"],
  ['name[]', "'{a}'"],
  ['mood', "'fine'"],
  ['mood[]', "'{fine}'"],
  ['positive', '1'],
  ['shouted', "'A'"],
  ['pair', "'(1,2)'"],
  ['"Odd Type"', "'x'"],
]

describeServers('row types', (server) => {
  test('agree with what node-postgres gives, for every kind of type', async () => {
    const { database, url, drop } = await createTestDatabase(server)
    try {
      await database.query({
        text: `create type mood as enum ('fine', 'it''s "so"');
create domain positive as integer check (value > 0); create domain shouted as text;
create type pair as (a integer, b integer); create type "Odd Type" as enum ('x');
create table public.everything (${values.map(([type], index) => `c${index} ${type} not null`).join(', ')});
insert into public.everything values (${values.map(([, value]) => value).join(', ')})`,
        script: true,
      })
      const files = { 'models/everything.sql': 'select 1 as a' }
      const { rows, named, unknown } = await (await typed(database, files))(server)
      expect(unknown).toEqual([])
      const text = printRowTypes(rows, named, 'kysely')
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      const found = (await client.query('select * from public.everything')).rows[0]!
      await client.end()
      const use = `import type { Database, Everything } from './rows.js'
type Values = { [K in keyof Everything]: NonNullable<Everything[K]> }
export const row: Values = { ${Object.entries(found)
        .map(([name, value]) => `${name}: ${asLiteral(value)}`)
        .join(',\n')} }
export const same: Database['public.everything'] = row
`
      expect(text).toContain('"fine" | "it\'s \\"so\\""')
      expect(text).not.toContain('unknown')
      // No wider than they must be: a value of another kind is refused for each.
      const wrong = `import type { Everything } from './rows.js'
${values.map((_, index) => `export const w${index}: Everything['c${index}'] = Symbol()`).join('\n')}
`
      const errors = compileErrors({ 'rows.ts': text, 'use.ts': use, 'wrong.ts': wrong })
      expect(errors.filter((one) => !one.startsWith('wrong.ts'))).toEqual([])
      expect(errors).toHaveLength(values.length)
    } finally {
      await drop()
    }
  }, 60_000)

  test('know what is never null from constraints and from the proof of the server', async () => {
    const { database, drop } = await createTestDatabase(server)
    const files = {
      'models/base.sql': "{{ config(materialized='table') }}select 1 as id, 'x' as name, 2 as other",
      'models/base.yml': `models:
  - name: base
    columns:
      - { name: id, data_type: integer, constraints: [{ type: not_null }], description: Its number. }
      - { name: name, data_type: text }
      - { name: other, data_type: integer, tests: [not_null] }
    config: { contract: { enforced: true } }
`,
      'models/kept.sql':
        "select b.id, b.name, c.id as other_id from {{ ref('base') }} b left join {{ ref('base') }} c on c.id = b.id + 1",
      'models/counts.sql': "select id, count(*) as n, max(name) as m from {{ ref('kept') }} group by id",
      'models/steps.sql':
        "{{ config(materialized='incremental', unique_key='id') }}select id from {{ ref('base') }}",
    }
    try {
      await database.query({
        text: `create table public.base (id integer not null, name text, other integer);
create view public.kept as select b.id, b.name, c.id as other_id from public.base b left join public.base c on c.id = b.id + 1;
create view public.counts as select id, count(*) as n, max(name) as m from public.kept group by id;
create table public.steps (id integer)`,
        script: true,
      })
      const notNull = async (trustTests: boolean) => {
        const { rows } = await (await typed(database, files, trustTests))(server)
        return Object.fromEntries(
          rows.map(({ relation: { name }, columns }) => [
            name,
            columns.filter((column) => column.notNull).map((column) => column.name),
          ]),
        )
      }
      const { rows } = await database.query<{ version: number }>(
        "select current_setting('server_version_num')::int as version",
      )
      const proves = rows[0]!.version >= 170_000
      const found = await notNull(false)
      expect(found['base']).toEqual(proves ? expect.arrayContaining(['id']) : ['id'])
      expect(found['kept']).toEqual(proves ? ['id', 'name'] : [])
      expect(found['counts']).toEqual(proves ? ['id', 'n'] : [])
      expect(found['steps']).toEqual([])
      expect((await notNull(true))['base']).toContain('other')
    } finally {
      await drop()
    }
  })
})

/** A value as TypeScript that has its type. */
function asLiteral(value: unknown): string {
  if (value instanceof Date) return `new Date(${value.getTime()})`
  if (Buffer.isBuffer(value)) return `Buffer.from('${value.toString('hex')}', 'hex')`
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `[${value.map(asLiteral).join(', ')}]`
  if (typeof value === 'object' && value !== null && 'toPostgres' in value)
    return `{ ${Object.entries(value)
      .filter(([, part]) => typeof part === 'number')
      .map(([name, part]) => `${name}: ${part}`)
      .join(', ')}, toPostgres: () => '', toISO: () => '' }`
  return JSON.stringify(value)
}
