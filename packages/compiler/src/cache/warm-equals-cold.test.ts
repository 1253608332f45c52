import { toManifest } from '@strata/core'
import { describe, expect, it } from 'vitest'
import type { CompileOptions } from '../compile.ts'
import { compileFiles, type Files } from '../testing/compile-files.ts'

/** A project in which most of what a template can look up is looked up somewhere. */
const project: Files = {
  'strata.yml': `name: shop
vars: { region: north, level: 1 }
models: { shop: { marts: { +materialized: table, +tags: [mart] } } }
environment: [TEAM]
dispatch: [{ macro_namespace: tools, search_order: [shop, tools] }]
`,
  'models/staging/orders.sql': "select 1 as id, '{{ var('region') }}' as region",
  'models/staging/items.sql': '{{ config(tags=["raw"]) }}select {{ cents("1") }} as price, 1 as order_id',
  'models/staging/kept.sql':
    "{{ config(materialized='ephemeral') }}select * from {{ ref('items') }} where price > {{ var('level') }}",
  'models/marts/totals.sql':
    "select * from {{ ref('orders') }} join {{ ref('kept') }} on true -- {{ env_var('TEAM', 'none') }} {{ target.name }}",
  'models/marts/changes.sql':
    "{{ config(materialized='incremental', unique_key='id') }}select * from {{ ref('orders') }}{% if is_incremental() %} where id > (select max(id) from {{ this }}){% endif %}",
  'models/marts/tools.sql':
    "select {{ tools.twice('1') }} as two, '{{ config.get(\"materialized\") }}' as kind from {{ ref('totals') }}",
  'models/marts/clock.sql': "select '{{ run_started_at }}' as at, {{ graph.nodes | length }} as nodes",
  'models/marts/asks.sql':
    "select {% set found = run_query('select 1') %}{% if execute %}{{ found.rows[0][0] }}{% endif %} as answer from {{ ref('orders') }}",
  'models/models.yml': `version: 2
models:
  - name: orders
    description: "{{ doc('orders') }}"
    columns:
      - name: id
        tests: [unique, not_null, { positive: { least: "{{ var('level') }}" } }]
  - name: items
    columns: [{ name: order_id, tests: [{ relationships: { to: ref('orders'), field: id } }] }]
`,
  'models/docs.md': '{% docs orders %}Orders of a shop.{% enddocs %}',
  'macros/cents.sql': '{% macro cents(x) %}({{ x }} * {{ factor() }}){% endmacro %}',
  'macros/factor.sql': '{% macro factor() %}100{% endmacro %}',
  'macros/positive.sql':
    '{% test positive(model, column_name, least) %}select * from {{ model }} where {{ column_name }} < {{ least }}{% endtest %}',
  'tests/no_orphans.sql': "select * from {{ ref('items') }} where order_id is null",
  'dbt_packages/tools/dbt_project.yml': 'name: tools\n',
  'dbt_packages/tools/macros/twice.sql':
    "{% macro twice(x) %}{{ return(adapter.dispatch('twice', 'tools')(x)) }}{% endmacro %}{% macro default__twice(x) %}{{ x }} * {{ var('size', 2) }}{% endmacro %}",
}

interface World {
  readonly files: Files
  readonly options: Partial<CompileOptions>
}

type Edit = (world: World, random: () => number) => World

const inFile =
  (path: string, change: (text: string) => string): Edit =>
  ({ files, options }) => ({ files: { ...files, [path]: change(files[path] ?? '') }, options })
const remark = (_text: string, random: () => number) => `-- ${Math.floor(random() * 5)}\n`

const edits: readonly Edit[] = [
  ...['orders', 'items', 'kept'].map(
    (name): Edit =>
      (world, random) =>
        inFile(
          `models/staging/${name}.sql`,
          (text) => remark(text, random) + text.replace(/^(-- \d\n)+/, ''),
        )(world, random),
  ),
  inFile('models/marts/totals.sql', (text) =>
    text.includes('left join') ? text.replace('left join', 'join') : text.replace('join', 'left join'),
  ),
  inFile('macros/factor.sql', (text) =>
    text.includes('100') ? text.replace('100', '10') : text.replace('10', '100'),
  ),
  inFile('macros/cents.sql', (text) =>
    text.includes(' + 0') ? text.replace(' + 0', '') : text.replace('}}){%', '}} + 0){%'),
  ),
  inFile('dbt_packages/tools/macros/twice.sql', (text) =>
    text.includes('* 1 ') ? text.replace('* 1 ', '') : text.replace(' * {{', ' * 1 * {{'),
  ),
  inFile('strata.yml', (text) =>
    text.includes('north') ? text.replace('north', 'south') : text.replace('south', 'north'),
  ),
  inFile('strata.yml', (text) =>
    text.includes('table') ? text.replace('table', 'view') : text.replace('view', 'table'),
  ),
  inFile('models/models.yml', (text) =>
    text.includes('unique, ') ? text.replace('unique, ', '') : text.replace('[not_null', '[unique, not_null'),
  ),
  inFile('models/docs.md', (text) =>
    text.includes('a shop') ? text.replace('a shop', 'the shop') : text.replace('the shop', 'a shop'),
  ),
  inFile('macros/positive.sql', (text) =>
    text.includes('<=') ? text.replace('<=', '<') : text.replace('<', '<='),
  ),
  // A macro that was not there before stands in the place of another.
  ({ files, options }) => {
    const path = 'macros/own.sql'
    const { [path]: there, ...others } = files
    return {
      options,
      files:
        there === undefined
          ? { ...files, [path]: '{% macro default__twice(x) %}{{ x }} + {{ x }}{% endmacro %}' }
          : others,
    }
  },
  ({ files, options }) => {
    const path = 'models/staging/extra.sql'
    const { [path]: there, ...others } = files
    return { options, files: there === undefined ? { ...files, [path]: 'select 2 as id' } : others }
  },
  // Mistakes come and go.
  inFile('models/staging/orders.sql', (text) =>
    text.includes('vra(') ? text.replace('vra(', 'var(') : text.replace('var(', 'vra('),
  ),
  inFile('models/marts/changes.sql', (text) =>
    text.includes("'order'") ? text.replace("'order'", "'orders'") : text.replace("'orders'", "'order'"),
  ),
  ({ files, options }, random) => ({
    files,
    options: { ...options, vars: { level: Math.floor(random() * 3) } },
  }),
  ({ files, options }, random) => {
    const team = ['red', 'blue', undefined][Math.floor(random() * 3)]
    return {
      files,
      options: { ...options, environmentVariable: (name) => (name === 'TEAM' ? team : undefined) },
    }
  },
  ({ files, options }) => ({ files, options: { ...options, fullRefresh: options.fullRefresh !== true } }),
  ({ files, options }, random) => ({
    files,
    options: { ...options, runStartedAt: new Date(1e12 + Math.floor(random() * 1e9)) },
  }),
]

describe('a compilation with what an earlier one kept', () => {
  it('equals one from nothing, over 300 random edits', () => {
    const random = seeded(20261121)
    let world: World = { files: project, options: {} }
    let cache: string | null = null
    for (let number = 0; number < 300; number++) {
      const edit = edits[Math.floor(random() * edits.length)]!
      world = edit(world, random)
      const cold = compileFiles(world.files, world.options)
      const warm = compileFiles(world.files, { ...world.options, cache })
      expect(everything(warm), `after edit ${number}`).toEqual(everything(cold))
      cache = warm.cache() ?? cache
    }
  })

  it('renders only what an edit touches', () => {
    const cold = compileFiles(project)
    const first = compileFiles(project, { cache: cold.cache() })
    expect(first.cache()).toBe(null)
    const edited = inFile('models/marts/totals.sql', (text) => `${text}\n`)(
      { files: project, options: {} },
      Math.random,
    )
    const second = compileFiles(edited.files, { cache: cold.cache() })
    expect(newKeys(cold.cache()!, second.cache()!)).toEqual(['draft', 'select'])
  })

  it('keeps no value of a variable or of the environment', () => {
    const { cache } = compileFiles(
      { 'models/a.sql': "{% set x = env_var('DBT_SECRET') ~ var('token') %}select 1" },
      { environmentVariable: () => 'hidden-by-the-environment', vars: { token: 'hidden-in-a-variable' } },
    )
    expect(cache()).not.toMatch(/hidden/)
  })

  it('takes a text that is no cache for none', () => {
    const cold = compileFiles(project)
    for (const cache of ['', '{', '[]', '{"environment":1}', 'null']) {
      expect(everything(compileFiles(project, { cache }))).toEqual(everything(cold))
    }
  })
})

/** The artifacts and complaints of a compilation, as text. */
function everything({ graph, diagnostics }: ReturnType<typeof compileFiles>): unknown {
  const metadata = { generatedAt: '', invocationId: '', strataVersion: '' }
  return JSON.parse(JSON.stringify({ manifest: toManifest(graph, metadata), graph, diagnostics }))
}

/** The kinds of entries that the second text has and the first has not. */
function newKeys(before: string, after: string): string[] {
  const keys = (text: string) => Object.keys((JSON.parse(text) as { entries: object }).entries)
  const known = new Set(keys(before))
  return keys(after)
    .filter((key) => !known.has(key))
    .map((key) => key.slice(0, key.lastIndexOf(' ')))
    .sort()
}

/** A small generator of numbers below 1 that gives the same ones each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}
