import type { SnapshotStep } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { buildPlan } from '../src/plan/build-plan.ts'
import { compileFiles, testTarget } from '../src/testing/compile-files.ts'

const yaml = (config: string) => ({
  'models/a.sql': 'select 1 as id',
  'snapshots/s.yml': `snapshots:\n  - name: s\n    relation: ref('a')\n    config:\n${config
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n')}\n`,
})

const block = (config: string) => ({
  'snapshots/s.sql': `{% snapshot s %}\n{{ config(${config}) }}\nselect 1 as id\n{% endsnapshot %}`,
})

function stepOf(files: Record<string, string>, options: { takeOver?: boolean; fullRefresh?: boolean } = {}) {
  const { graph, complaints } = compileFiles(files)
  expect(complaints).toEqual([])
  const plan = buildPlan(graph, graph.nodes, {
    command: 'snapshot',
    target: testTarget,
    kinds: ['snapshot'],
    fullRefresh: false,
    ...options,
  })
  return plan.steps[0] as SnapshotStep
}

describe('the configuration of a snapshot', () => {
  it('becomes a step, from YAML as from a block', () => {
    expect(
      stepOf(
        yaml(
          `unique_key: [id, Site]\nstrategy: check\ncheck_cols: [Name, '"Group"']\nupdated_at: changed\nhard_deletes: new_record\ndbt_valid_to_current: "'9999-12-31'::date"\nsnapshot_meta_column_names: {dbt_valid_to: Ends, dbt_scd_id: '"Id"'}`,
        ),
      ).settings,
    ).toEqual({
      strategy: { kind: 'check', columns: ['name', 'Group'], updatedAt: 'changed' },
      uniqueKey: ['id', 'Site'],
      hardDeletes: 'new_record',
      validToCurrent: "'9999-12-31'::date",
      columns: {
        scdId: 'Id',
        updatedAt: 'dbt_updated_at',
        validFrom: 'dbt_valid_from',
        validTo: 'ends',
        isDeleted: 'dbt_is_deleted',
      },
    })
    expect(
      stepOf(block("unique_key='id', strategy='timestamp', updated_at='at', invalidate_hard_deletes=true"))
        .settings,
    ).toMatchObject({ strategy: { kind: 'timestamp', updatedAt: 'at' }, hardDeletes: 'invalidate' })
  })

  it('has hooks, which may refer to models', () => {
    const files = {
      ...block(
        "unique_key='id', strategy='check', check_cols='all', post_hook=\"insert into log select * from {{ ref('a') }}\"",
      ),
      'models/a.sql': 'select 1 as id',
    }
    const { graph } = compileFiles(files)
    expect(graph.nodes.find(({ kind }) => kind === 'snapshot')).toMatchObject({ parents: ['model.shop.a'] })
    expect(stepOf(files).postHooks).toMatchObject([{ sql: 'insert into log select * from "public"."a"' }])
  })

  it('is not touched by a full refresh', () => {
    const files = block("unique_key='id', strategy='check', check_cols='all'")
    expect(stepOf(files, { fullRefresh: true })).toEqual(stepOf(files))
    expect(stepOf(files, { takeOver: true }).takeOver).toBe(true)
  })

  it.each([
    ['strategy: check\ncheck_cols: all', ['MISSING_CONFIG']],
    ['unique_key: id', ['MISSING_CONFIG']],
    ['unique_key: id\nstrategy: timestamp', ['MISSING_CONFIG']],
    ['unique_key: id\nstrategy: check', ['MISSING_CONFIG']],
    ['unique_key: id\nstrategy: check\ncheck_cols: []', ['MISSING_CONFIG']],
    ['unique_key: id\nstrategy: check\ncheck_cols: name', ['snapshots/s.yml:7:19 BAD_VALUE']],
    ['unique_key: id\nstrategy: chek\ncheck_cols: all', ['snapshots/s.yml:6:17 UNKNOWN_STRATEGY']],
    [
      'unique_key: id\nstrategy: timestamp\nupdated_at: at\ncheck_cols: all',
      ['snapshots/s.yml:8:19 CONFLICTING_CONFIG'],
    ],
    [
      'unique_key: id\nstrategy: check\ncheck_cols: all\nhard_deletes: ignore\ninvalidate_hard_deletes: true',
      ['snapshots/s.yml:9:32 CONFLICTING_CONFIG'],
    ],
    [
      'unique_key: id\nstrategy: check\ncheck_cols: all\nsnapshot_meta_column_names: {dbt_valid_too: x}',
      ['BAD_VALUE'],
    ],
    [
      'unique_key: id\nstrategy: check\ncheck_cols: all\nsnapshot_meta_column_names: {dbt_valid_to: x, dbt_valid_from: X}',
      ['BAD_VALUE'],
    ],
    ['unique_key: id\nstrategy: check\ncheck_cols: all\nmaterialized: table', ['BAD_VALUE']],
  ])('%s is complained of at its place', (config, expected) => {
    const { complaints } = compileFiles(yaml(config))
    expect(complaints).toEqual(expected.map((one) => expect.stringContaining(one)))
  })

  it('is complained of in the project file as well', () => {
    const { complaints } = compileFiles({
      ...block("unique_key='id', check_cols='all'"),
      'strata.yml': 'name: shop\nsnapshots:\n  +strategy: chek\n',
    })
    expect(complaints).toEqual(['strata.yml:3:14 UNKNOWN_STRATEGY'])
  })
})

describe('the limits of a source', () => {
  const sourceOf = (text: string) =>
    compileFiles({ 'models/s.yml': `sources:\n  - name: crm\n${text.replace(/^/gm, '    ')}\n` }).node(
      'source.shop.crm.t',
    )
  it.each([
    [
      'freshness: {warn_after: {count: 1, period: day}, filter: a}\ntables: [{name: t}]',
      { warn_after: { count: 1, period: 'day' }, filter: 'a' },
    ],
    [
      'freshness: {warn_after: {count: 1, period: day}}\ntables: [{name: t, freshness: {warn_after: {count: 6}, error_after: {count: 2, period: day}}}]',
      { warn_after: { count: 6, period: 'day' }, error_after: { count: 2, period: 'day' } },
    ],
    [
      'freshness: {warn_after: {count: 1, period: day}}\ntables: [{name: t, freshness: {warn_after: null}}]',
      { warn_after: null },
    ],
    ['freshness: {warn_after: {count: 1, period: day}}\ntables: [{name: t, freshness: null}]', null],
    [
      'config: {freshness: {warn_after: {count: 1, period: day}}}\ntables: [{name: t, config: {freshness: {error_after: {count: 3, period: day}}}}]',
      { warn_after: { count: 1, period: 'day' }, error_after: { count: 3, period: 'day' } },
    ],
  ])('are those of the source under those of the table: %s', (text, freshness) => {
    expect(sourceOf(text)).toMatchObject({ freshness })
  })

  it('are measured as the table says before the source', () => {
    expect(
      sourceOf('loaded_at_field: a\ntables: [{name: t, loaded_at_query: "select {{ this }}"}]'),
    ).toMatchObject({
      loadedAtField: null,
      loadedAtQuery: 'select {{ this }}',
    })
    expect(sourceOf('loaded_at_query: q\ntables: [{name: t, loaded_at_field: a}]')).not.toHaveProperty(
      'loadedAtQuery',
    )
    expect(sourceOf('config: {loaded_at_field: a}\ntables: [{name: t}]')).toMatchObject({
      loadedAtField: 'a',
    })
  })
})
