// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are those of the models in the strings
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { displayLocation, forbiddenVariable, type ModelNode, toManifest } from '@strata/core'
import { afterAll, describe, expect, it } from 'vitest'
import { type CompileOptions, compile } from '../compile.ts'
import { readProject } from '../read-project.ts'
import { pick } from '../select/testing/pick.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

async function readFiles(files: { readonly [path: string]: string }) {
  const directory = mkdtempSync(join(tmpdir(), 'strata-ts-'))
  folders.push(directory)
  for (const [path, text] of Object.entries({ 'strata.yml': 'name: shop\n', ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return readProject(directory)
}

/** Compiles a project made of files, as a map from path to text. */
async function compileFiles(
  files: { readonly [path: string]: string },
  options: Partial<CompileOptions> = {},
) {
  const sources = await readFiles(files)
  const compilation = compile(sources, {
    target: {
      name: 'default',
      database: 'strata',
      prefix: 'dev_',
      defaultSchema: 'public',
      landingSchema: 'bronze',
      extract: true,
      threads: 4,
    },
    vars: {},
    environmentVariable: () => undefined,
    runStartedAt: new Date('2026-01-02T03:04:05Z'),
    invocationId: 'test',
    fullRefresh: false,
    command: 'run',
    log: () => {},
    ...options,
  })
  const model = (name: string) =>
    compilation.graph.nodes.find((node): node is ModelNode => node.kind === 'model' && node.name === name)!
  return {
    ...compilation,
    sources,
    model,
    complaints: compilation.diagnostics.map(
      ({ location, code, message }) => `${displayLocation(location)} ${code}: ${message}`,
    ),
  }
}

const erp = `version: 2
sources:
  - name: erp
    schema: legacy
    tables: [{ name: orders }]
`

const clinic = `version: 2
sources:
  - name: cc
    connector:
      kind: odata
      auth: { kind: api_key }
      instances: [{ id: 1, name: north, base_url: { env: CC_URL }, api_key: { env: CC_KEY } }]
    tables:
      - name: patients
        job: { endpoint: /api/v1/patients/odata }
`

describe('a TypeScript model', () => {
  it('refers to models and sources, and is referred to', async () => {
    const { model, complaints, graph } = await compileFiles({
      'models/erp.yml': erp,
      'models/a.ts':
        "export default ({ sql, source }) => sql`\n  select * from ${source('erp', 'orders')} where total > ${10};\n`",
      'models/b.sql': "select * from {{ ref('a') }}",
      'models/c.ts':
        "import sql from 'sql-template-tag'\nexport default ({ ref }) => sql`select * from ${ref('b')} join ${ref('a', { package: 'shop' })} using (id)`",
    })
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe('select * from "legacy"."orders" where total > 10')
    expect(model('c').select.full).toBe('select * from "dev_public"."b" join "dev_public"."a" using (id)')
    expect(model('a').parents).toEqual(['source.shop.erp.orders'])
    expect(model('c').parents).toEqual(['model.shop.b', 'model.shop.a'])
    expect(graph.nodes.map((node) => node.name)).toEqual(['erp.orders', 'a', 'b', 'c'])
    const manifest = toManifest(graph, { generatedAt: '', invocationId: '', strataVersion: '' })
    expect(manifest).toMatchObject({
      nodes: { 'model.shop.a': { raw_code: model('a').rawCode, compiled_code: model('a').select.full } },
    })
    expect(model('a').rawCode).toContain('export default')
  })

  it('takes its configuration from YAML, then its export, then config()', async () => {
    const { model, complaints } = await compileFiles({
      'strata.yml': 'name: shop\nmodels: { shop: { +tags: [all] } }\n',
      'models/a.yml':
        'models:\n  - name: a\n    description: The first\n    columns: [{ name: id, data_tests: [unique] }]\n    config: { materialized: table, alias: yaml }\n',
      'models/a.ts': `export const config = { alias: 'exported', tags: ['code'], meta: { owner: 'ada' } }
export default ({ sql, config }: { sql: Function; config: Function }) => {
  config({ alias: 'called' })
  return sql\`select 1 as id\`
}
`,
    })
    expect(complaints).toEqual([])
    expect(model('a')).toMatchObject({
      description: 'The first',
      relation: { schema: 'dev_public', name: 'called' },
      tags: ['all', 'code'],
      meta: { owner: 'ada' },
      config: { materialized: 'table' },
    })
  })

  it('reads increments, and has a form for incremental runs', async () => {
    const { model, complaints } = await compileFiles({
      'models/cc.yml': clinic,
      'models/a.ts': `export const config = { materialized: 'incremental', unique_key: ['id'] }
export default ({ sql, source, increment, isIncremental, this: self, empty }) =>
  sql\`select id from \${increment(source('cc', 'patients'))}\${isIncremental ? sql\` where id not in (select id from \${self})\` : empty}\`
`,
      'models/b.ts': `export const config = { materialized: 'incremental', unique_key: 'id' }
export default ({ sql, ref, isIncremental }) =>
  isIncremental ? sql\`select id from \${ref('a')} where id > 7\` : sql\`select id from \${ref('c')}\`
`,
      'models/c.sql': 'select 1 as id',
    })
    expect(complaints).toEqual([])
    const { select, increments, config } = model('a')
    expect(increments.map((edge) => edge.parent)).toEqual(['source.shop.cc.patients'])
    expect(config.uniqueKey).toEqual(['id'])
    expect(select.full).toBe(`select id from "bronze"."${increments[0]!.relation.name}"`)
    expect(select.increment).toEqual([
      'select id from ',
      { incrementOf: 'source.shop.cc.patients' },
      ' where id not in (select id from "dev_public"."a")',
    ])
    expect(model('b').parents).toEqual(['model.shop.c', 'model.shop.a'])
    expect(model('b').select).toEqual({
      full: 'select id from "dev_public"."c"',
      increment: ['select id from "dev_public"."a" where id > 7'],
    })
  })

  it('may be ephemeral, refer to ephemeral models, and have versions', async () => {
    const { model, complaints } = await compileFiles({
      'models/v.yml': 'models:\n  - name: v\n    latest_version: 2\n    versions: [{ v: 1 }, { v: 2 }]\n',
      'models/v_v1.ts': 'export default ({ sql }) => sql`select 1 as id`',
      'models/v_v2.ts': 'export default ({ sql }) => sql`select 2 as id`',
      'models/e.ts':
        "export const config = { materialized: 'ephemeral' }\nexport default ({ sql, ref }) => sql`select * from ${ref('v')}`",
      'models/f.sql': "select * from {{ ref('e') }}",
      'models/g.ts':
        "export default ({ sql, ref }) => sql`select * from ${ref('e')} join ${ref('v', { version: 1 })} using (id)`",
    })
    expect(complaints).toEqual([])
    const cte = 'with __dbt__cte__e as (\nselect * from "dev_public"."v_v2"\n)\n'
    expect(model('f').select.full).toBe(`${cte}select * from __dbt__cte__e`)
    expect(model('g').select.full).toBe(
      `${cte}select * from __dbt__cte__e join "dev_public"."v_v1" using (id)`,
    )
  })

  it('is finished at its step where an ephemeral model that it refers to asks the database', async () => {
    const { model, late, complaints } = await compileFiles({
      'models/e.sql':
        "{{ config(materialized='ephemeral') }}select {% if execute %}{{ run_query('select 7').columns[0].values()[0] }}{% endif %} as id",
      'models/a.ts':
        "export default ({ sql, ref }) => { try { return sql`select * from ${ref('e')}` } catch { return sql`select 0` } }",
    })
    expect(complaints).toEqual([])
    expect(model('a').late).toBe(true)
    const select = await late.select(
      'model.shop.a',
      false,
      async () =>
        ({
          columns: [{ name: 'x', type: 'int4' }],
          rows: [['7']],
          rowCount: 1,
        }) as never,
    )
    expect(select.full).toBe('with __dbt__cte__e as (\nselect 7 as id\n)\nselect * from __dbt__cte__e')
  })

  it('reads variables, allowed environment variables, the target and the start of the run', async () => {
    const files = {
      'strata.yml': 'name: shop\nvars: { limit: 3, names: [x, y] }\n',
      'models/a.ts': `import type { ModelContext } from 'not-installed'
export default ({ sql, vars, env, target, runStartedAt, join, identifier, literal, raw }: ModelContext) =>
  sql\`select \${join(vars<string[]>('names').map((name) => identifier(name)))}, \${vars('other', 5)},
\${env('DBT_REGION')}, \${env('DBT_NONE', 'none')}, \${target.name}, \${target.prefix}, \${runStartedAt}, \${literal("it's")}, \${raw('1 + 1')}
limit \${vars('limit')}\`
`,
    }
    const environmentVariable = (name: string) =>
      name === 'DBT_REGION' ? 'north' : name === 'DATABASE_URL' ? forbiddenVariable : undefined
    const { model, complaints } = await compileFiles(files, { environmentVariable, vars: { limit: 4 } })
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe(
      `select "x","y", 5,\n'north', 'none', 'default', 'dev_', '2026-01-02T03:04:05.000Z'::timestamptz, 'it''s', 1 + 1\nlimit 4`,
    )
    const refused = await compileFiles(
      {
        'models/a.ts': "export default ({ sql, env }) => sql`select ${env('DATABASE_URL')}`",
        'models/b.ts': "export default ({ sql, env }) => sql`select ${env('DBT_X')}`",
        'models/c.ts': "export default ({ sql, vars }) => sql`select ${vars('x')}`",
      },
      { environmentVariable },
    )
    expect(refused.complaints).toEqual([
      'models/a.ts:1:47 FORBIDDEN_ENV_VAR: models may not read the environment variable "DATABASE_URL"',
      'models/b.ts:1:47 UNKNOWN_ENV_VAR: the environment variable "DBT_X" is not set',
      'models/c.ts:1:48 UNKNOWN_VAR: the variable "x" has no value',
    ])
  })

  it('imports files of the project and its packages, and knows all that it depends on', async () => {
    const { model, complaints, sources } = await compileFiles({
      'models/a.ts':
        "import { columns } from '../lib/columns'\nimport widths from '../lib/widths.json'\nimport { word } from 'words'\nimport { basename } from 'node:path'\nexport default ({ sql, raw }) => sql`select ${raw(columns.join(', '))}, ${widths.small}, ${word}, ${basename('/x/y')}`",
      'models/types.d.ts': 'declare const nothing: string\n',
      'models/b.sql': 'select 1 as id',
      'lib/columns.ts': "export const columns: string[] = ['x', 'y']",
      'lib/widths.json': '{ "small": 2 }',
      'node_modules/words/package.json': '{ "name": "words", "main": "index.js" }',
      'node_modules/words/index.js': "module.exports.word = 'hello'",
    })
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe("select x, y, 2, 'hello', 'y'")
    const [a, b] = sources.models
    expect(a!.typescript?.dependencies).toEqual([
      'models/a.ts',
      'lib/columns.ts',
      'lib/widths.json',
      'node_modules/words/index.js',
    ])
    expect(b).not.toHaveProperty('typescript')
    expect(sources.models).toHaveLength(2)
  })

  it('is called again in each compile, for a file that it imports may have changed', async () => {
    const files = {
      'models/a.ts':
        "import { x } from '../lib/x'\nexport const config = { materialized: 'ephemeral' }\nexport default ({ sql }) => sql`select ${x} as x`",
      'models/b.sql': "select * from {{ ref('a') }}",
    }
    const before = await compileFiles({ ...files, 'lib/x.ts': 'export const x = 1' })
    const cache = before.cache()
    expect(before.model('b').select.full).toContain('select 1 as x')
    const after = await compileFiles({ ...files, 'lib/x.ts': 'export const x = 2' }, { cache })
    expect(after.model('b').select.full).toContain('select 2 as x')
  })

  it('takes queries that another copy of sql-template-tag made', async () => {
    const { model, complaints } = await compileFiles({
      'models/a.ts': `const tag = (strings: readonly string[], ...values: unknown[]) => ({ strings: [...strings], values })
export default ({ ref, sql }) => tag\`select * from \${ref('b')} where \${tag\`x = \${1}\`} and \${sql\`y = \${2}\`}\`
`,
      'models/b.sql': 'select 1 as x, 2 as y',
    })
    expect(complaints).toEqual([])
    expect(model('a').select.full).toBe('select * from "dev_public"."b" where x = 1 and y = 2')
  })

  it('writes what it says by console to the log, once', async () => {
    const messages: string[] = []
    await compileFiles(
      { 'models/a.ts': "export default ({ sql }) => { console.log('x is %d', 7); return sql`select 1` }" },
      { log: (message) => messages.push(message) },
    )
    expect(messages).toEqual(['x is 7'])
  })
})

describe('a mistake in a TypeScript model', () => {
  it('is located where it stands: a reference, in the model or in a file that it imports', async () => {
    const { complaints } = await compileFiles({
      'models/a.ts': `// A comment with 😀
interface Row { readonly id: number }

export default ({ sql, ref }) => {
  const rows: Row[] = []
  /* 😀 */ const orders = ref('order')
  return sql\`select \${rows.length} from \${orders}\`
}
`,
      'models/b.ts':
        "import { both } from '../lib/both.ts'\nexport default ({ sql, source }) => both(sql, source)",
      'lib/both.ts': "export const both = (sql, source) =>\n  sql`select * from ${source('erp', 'x')}`\n",
      'models/orders.sql': 'select 1 as id',
    })
    expect(complaints).toEqual([
      'lib/both.ts:2:23 UNKNOWN_SOURCE: there is no source "erp"',
      'models/a.ts:6:26 UNKNOWN_REF: there is no model "order"',
    ])
  })

  it('is located where it stands: a thrown error, when loaded and when called', async () => {
    const { complaints } = await compileFiles({
      'models/a.ts':
        'type Long = { a: string }\nconst table: Long = null!\nexport default ({ sql }) => sql`select ${\n  table.a}`\n',
      'models/b.ts': "const x: number = 1\n\nthrow new RangeError('too far')\n",
      'models/c.ts': "export default () => {\n  throw 'text'\n}\n",
      'models/d.sql': "select * from {{ ref('a') }}, {{ ref('b') }}",
    })
    expect(complaints).toEqual([
      "models/a.ts:4:9 TYPESCRIPT_MODEL: the model threw TypeError: Cannot read properties of null (reading 'a')",
      'models/b.ts:3:7 TYPESCRIPT_MODEL: the code of the model threw RangeError: too far',
      'models/c.ts:1:1 TYPESCRIPT_MODEL: the model threw text',
    ])
  })

  it('is located where it stands: syntax, imports, and what a model cannot have; other models are still looked at', async () => {
    const { complaints, model } = await compileFiles({
      'models/a.ts': "const x = '😀' +;\nexport default 1\n",
      'models/b.ts': "import { x } from './missing'\nexport default x\n",
      'models/c.ts': 'const x = await Promise.resolve(1)\nexport default () => x\n',
      'models/d.ts': 'export default ({ sql }) => sql`select ${import.meta.url}`\n',
      'models/e.ts': "export default ({ sql, ref }) => sql`select * from ${ref('nothing')}`\n",
      'models/f.ts': 'export default ({ sql }) => sql`select 1 as id`\n',
    })
    expect(complaints.map((text) => text.replace(/ is not available.*| is currently.*/, ''))).toEqual([
      'models/a.ts:1:16 TYPESCRIPT_SYNTAX: unexpected ";"',
      'models/b.ts:1:19 TYPESCRIPT_IMPORT: could not resolve "./missing"',
      'models/c.ts:1:11 TYPESCRIPT_SYNTAX: top-level await',
      'models/d.ts:1:42 TYPESCRIPT_SYNTAX: a model has no import.meta',
      'models/e.ts:1:54 UNKNOWN_REF: there is no model "nothing"',
    ])
    expect(model('f').select.full).toBe('select 1 as id')
  })

  it('is told where the export stands: no function, a promise, no query, a value without a literal', async () => {
    const { complaints } = await compileFiles({
      'models/a.ts': 'export const x = 1\n',
      'models/b.ts': '\nexport default 7\n',
      'models/c.ts': 'export default async ({ sql }) => { throw new Error() }\n',
      'models/d.ts': "export default () => 'select 1'\n",
      'models/e.ts': 'export default ({ sql }) => sql`select 1 where x = ${new Map()} and y`\n',
      'models/f.ts': 'const f = ({ sql }) => sql`select ${undefined}`\nexport { f as default }\n',
      'models/g.ts': "export const config = { tags: () => 'x' }\nexport default ({ sql }) => sql`select 1`\n",
      'models/h.ts': "export default ({ sql }) => sql`select ${'\\uE0F0'}`\n",
      'models/i.ts': "export default ({ sql, raw }) => raw('select \\uE0F0')\n",
      'models/j.ts': "export default ({ sql, increment }) => sql`select * from ${increment('x')}`\n",
      'models/k.ts': 'export default ({ sql, ref }) => sql`select * from ${ref()}`\n',
    })
    expect(complaints).toEqual([
      'models/a.ts:1:1 TYPESCRIPT_MODEL: the file exports no query',
      'models/b.ts:2:1 TYPESCRIPT_MODEL: the default export of the file is no function',
      'models/c.ts:1:1 TYPESCRIPT_RESULT: the function of the model is asynchronous',
      'models/d.ts:1:1 TYPESCRIPT_RESULT: the function of the model returns a text, not a query',
      'models/e.ts:1:1 UNSUPPORTED_VALUE: a value of the class Map cannot become part of a query (after "select 1 where x =")',
      'models/f.ts:2:1 UNSUPPORTED_VALUE: undefined cannot become part of a query (after "select")',
      'models/g.ts:1:1 TYPESCRIPT_CONFIG: the option tags is a function',
      'models/h.ts:1:1 UNSUPPORTED_VALUE: a text with U+E0F0 or U+E0F1 (reserved by Strata) cannot become part of a query (after "select")',
      'models/i.ts:1:1 RESERVED_CHARACTER: the query holds the characters U+E0F0 or U+E0F1, which Strata uses for itself',
      'models/j.ts:1:60 TEMPLATE_ARGUMENTS: increment() needs a ref() or a source()',
      'models/k.ts:1:54 TEMPLATE_ARGUMENTS: ref() needs name as a text',
    ])
  })

  it('in a model that is not incremental is an increment', async () => {
    const { complaints } = await compileFiles({
      'models/cc.yml': clinic,
      'models/a.ts':
        "export default ({ sql, source, increment }) => {\n  const rows = increment(source('cc', 'patients'))\n  return sql`select * from ${rows}`\n}\n",
    })
    expect(complaints).toEqual([
      'models/a.ts:2:16 INCREMENT_OUTSIDE_INCREMENTAL: increment() stands in a model that is not incremental',
    ])
  })
})

describe('state:modified of a model in TypeScript', () => {
  const files = (more: { readonly [path: string]: string }) => ({
    'models/rates.ts':
      "import { rate } from '../lib/rate.ts'\nexport default ({ sql }) => sql`select ${rate} as r`\n",
    'lib/rate.ts': "import data from './rate.json'\nexport const rate = data.unused === 0 ? 1 : 1\n",
    'lib/rate.json': '{ "unused": 1 }',
    'models/alone.ts': 'export default ({ sql }) => sql`select 1 as one`\n',
    ...more,
  })

  it.each([
    [
      'what it imports',
      { 'lib/rate.ts': "import data from './rate.json'\nexport const rate = data.unused\n" },
    ],
    ['what that imports', { 'lib/rate.json': '{ "unused": 2 }' }],
  ])('sees a change of %s', async (_what, change) => {
    const before = await compileFiles(files({}))
    const after = await compileFiles(files(change))
    const manifest = JSON.parse(
      JSON.stringify(toManifest(before.graph, { generatedAt: '', invocationId: '', strataVersion: '1' })),
    )
    const previous = { manifest, runResults: null, sources: null, currentSources: null }
    expect(pick(after.graph, { select: ['state:modified'], previous })).toBe('rates')
    expect(pick(before.graph, { select: ['state:unmodified'], previous })).toBe('alone rates')
  })
})
