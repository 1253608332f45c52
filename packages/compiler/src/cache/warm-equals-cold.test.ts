import { toManifest } from '@strata/core'
import { describe, expect, it } from 'vitest'
import type { Compilation, CompileOptions } from '../compile.ts'
import type { KeptTexts } from '../recompile.ts'
import { compileFiles, type Files, recompileFiles } from '../testing/compile-files.ts'

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
  'models/marts/clock.sql': "{{ config(post_hook='select 1') }}select '{{ run_started_at }}' as at",
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
  inFile('models/marts/clock.sql', (text) =>
    text.includes('graph')
      ? text.replace(', {{ graph.nodes | length }} as nodes', '')
      : `${text}, {{ graph.nodes | length }} as nodes`,
  ),
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
  it('equals one from nothing, over 300 random edits', { timeout: 240_000 }, () => {
    const random = seeded(20261121)
    let world: World = { files: project, options: {} }
    let cache: string | null = null
    let texts: KeptTexts = { results: null, graph: null }
    let wholes = 0
    const kept: KeptTexts = {
      get results() {
        wholes++
        return texts.results
      },
      get graph() {
        return texts.graph
      },
    }
    for (let number = 0; number < 300; number++) {
      // Mistakes are mended soon, and what reaches no further than its own model is edited more often than the rest:
      // there a whole graph is taken.
      if (random() < 0.1) world = { ...world, files: project }
      const among = random() < 0.6 ? edits.slice(0, 4) : edits
      world = among[Math.floor(random() * among.length)]!(world, random)
      const cold = compileFiles(world.files, world.options)
      const warm = compileFiles(world.files, { ...world.options, cache })
      const again = recompileFiles(world.files, kept, world.options)
      const expected = everything(cold)
      expectSame(everything(warm), expected, `after edit ${number}`)
      expectSame(everything(again), expected, `after edit ${number}, with the graph`)
      expect(again.logged).toEqual(cold.logged)
      cache = warm.cache() ?? cache
      const now = again.keep()
      texts = { results: now.results ?? texts.results, graph: now.graph ?? texts.graph }
    }
    expect(wholes).toBeGreaterThan(50)
    expect(wholes).toBeLessThan(250)
  })

  it('takes a graph that was kept where only SQL was edited', () => {
    const first = recompileFiles(project, { results: null, graph: null }).keep()
    const untouched = { results: null, graph: null }
    const edited = (path: string, change: (text: string) => string) =>
      recompileFiles({ ...project, [path]: change(project[path]!) }, first).keep()
    expect(edited('models/marts/totals.sql', (text) => `${text} -- more`)).toEqual(untouched)
    expect(edited('models/marts/changes.sql', (text) => `${text} limit 1`)).toEqual(untouched)
    const further: readonly (readonly [string, (text: string) => string])[] = [
      ['models/staging/orders.sql', (text) => `{{ config(tags=['new']) }}${text}`],
      ['models/marts/totals.sql', (text) => text.replace("ref('orders')", "ref('items')")],
      ['models/staging/kept.sql', (text) => `${text} -- inlined elsewhere`],
      ['models/models.yml', (text) => text.replace('unique, ', '')],
      ['macros/factor.sql', (text) => text.replace('100', '10')],
    ]
    for (const [path, change] of further) expect(edited(path, change).graph, path).not.toBe(null)
  })

  it('takes a graph that was cut off, or is of another version, for none', () => {
    const { results, graph } = recompileFiles(project, { results: null, graph: null }).keep()
    const cold = everything(compileFiles(project))
    const cut = graph!.slice(0, -10)
    const cutWithin = `${graph!.slice(0, graph!.length / 2)}\nend`
    for (const text of [cut, cutWithin, '', 'end', 'null\nend', '{}\n{}\nend'])
      expect(everything(recompileFiles(project, { results, graph: text })), text.slice(0, 20)).toEqual(cold)
    const newer = recompileFiles(project, { results, graph }, { version: '9.9' })
    expect(newer.keep().graph).not.toBe(null)
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

const metadata = { generatedAt: '', invocationId: '', strataVersion: '', database: 'strata' }

/** The artifacts and complaints of a compilation. */
function everything(made: Pick<Compilation, 'graph' | 'diagnostics' | 'manifest'>): unknown {
  const { graph, diagnostics } = made
  const plain = JSON.parse(JSON.stringify({ manifest: toManifest(graph, metadata), graph, diagnostics }))
  const text = made.manifest(metadata)
  expect(JSON.stringify(plain.manifest)).toBe(text)
  return plain
}

/** Mostly their texts are equal, which is quicker to see. */
function expectSame(given: unknown, expected: unknown, message: string): void {
  if (JSON.stringify(given) !== JSON.stringify(expected)) expect(given, message).toEqual(expected)
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
