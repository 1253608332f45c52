import { type Graph, type Node, toManifest } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { compareManifests } from './compare-manifests.ts'
import type { JsonObject, PreviousState } from './previous-state.ts'
import { genericTest, graphOf, model, singularTest, source } from './testing/nodes.ts'
import { pick } from './testing/pick.ts'

const metadata = { generatedAt: '', invocationId: '', strataVersion: '1' }
const nothing: PreviousState = { manifest: null, runResults: null, sources: null, currentSources: null }

/** An earlier manifest, as it comes from a file. */
const manifestOf = (graph: Graph): JsonObject => JSON.parse(JSON.stringify(toManifest(graph, metadata)))

const before = graphOf([
  source('raw', 'orders'),
  model('same', ['source.test.raw.orders']),
  model('text', [], { rawCode: 'select 1' }),
  model('spaces', [], { rawCode: 'select 1\r\n' }),
  model('built', [], { config: { materialized: 'view' } }),
  model('tagged', [], { tags: ['a'], config: { tags: ['a'] } }),
  model('moved', [], { folder: 'old' }),
  model('renamed', [], { config: { alias: 'one' } }),
  model('gone'),
  genericTest('unique', 'same', 'id'),
  singularTest('totals', ['same']),
])
const after = graphOf([
  source('raw', 'orders'),
  model('same', ['source.test.raw.orders']),
  model('text', [], { rawCode: 'select 2' }),
  model('spaces', [], { rawCode: 'select 1' }),
  model('built', [], { config: { materialized: 'table' } }),
  model('tagged', [], { tags: ['b'], config: { tags: ['b'] } }),
  model('moved', [], { folder: 'new' }),
  model('renamed', [], { config: { alias: 'two' } }),
  model('added', ['text']),
  genericTest('unique', 'same', 'id'),
  singularTest('totals', ['same']),
])

describe('state:', () => {
  const previous = { ...nothing, manifest: manifestOf(before) }

  it.each([
    ['state:new', 'added'],
    ['state:old', 'built moved renamed same source:raw.orders spaces tagged text totals unique_same_id'],
    ['state:modified', 'added built moved renamed text'],
    ['state:unmodified', 'same source:raw.orders spaces tagged totals unique_same_id'],
    ['state:modified.body', 'added text'],
    ['state:modified.configs', 'added built'],
    ['state:modified.relation', 'added renamed'],
    ['state:modified.persisted_descriptions', 'added'],
    ['state:modified.contract', 'added'],
    ['state:modified.macros', ''],
    ['state:modified,state:old', 'built moved renamed text'],
    ['1+state:new', 'added text'],
  ])('%s picks %s', (select, names) => {
    const indirectSelection = 'empty'
    expect(
      pick(after, { select: [select], previous, indirectSelection }).replace('source:raw.seed ', ''),
    ).toBe(names)
  })

  it('is no error when nothing changed, and picks nothing', () => {
    const same = { ...nothing, manifest: manifestOf(after) }
    expect(pick(after, { select: ['state:modified+'], previous: same })).toBe('')
  })

  it('needs an earlier manifest, and a word that it knows', () => {
    const error = { code: 'NO_STATE', hint: expect.stringContaining('--state') }
    expect(() => pick(after, { select: ['state:new'] })).toThrow(expect.objectContaining(error))
    expect(() => pick(after, { select: ['state:new'], previous: nothing })).toThrow(
      expect.objectContaining(error),
    )
    expect(() => pick(after, { select: ['state:modifed'], previous })).toThrow(
      expect.objectContaining({ code: 'BAD_SELECTOR', hint: expect.stringContaining('"modified"') }),
    )
  })

  it('sees changed, added and removed macros in the nodes that call them', () => {
    const macro = (name: string, text: string) => ({
      id: `macro.test.${name}`,
      name,
      packageName: 'test',
      location: { file: 'macros/m.sql', line: 1, column: 1 },
      text,
    })
    const graph = graphOf(
      ['kept', 'edited', 'made'].map((name) => model(name, [], { macros: [`macro.test.${name}`] })),
      { macros: [macro('kept', 'a'), macro('edited', 'b'), macro('made', 'c')] },
    )
    const macros = { 'macro.test.kept': { macro_sql: ' a\n' }, 'macro.test.edited': { macro_sql: 'x' } }
    const earlier = { ...nothing, manifest: { ...manifestOf(graph), macros } }
    expect(pick(graph, { select: ['state:modified.macros'], previous: earlier })).toBe('edited made')
    expect(pick(graph, { select: ['state:modified'], previous: earlier })).toBe('edited made')
  })
})

describe('comparing entries of manifests', () => {
  const graph = graphOf([model('m')])
  const strata = { metadata: { env: { strata_version: '1' } } }
  const dbt = { metadata: { dbt_version: '1.12.3' } }
  const entry = (more: JsonObject) => ({
    unique_id: 'model.test.m',
    resource_type: 'model',
    fqn: ['test', 'm'],
    raw_code: 'select 1',
    ...more,
  })
  /** The aspects in which the entries differ. */
  function differing(
    old: JsonObject,
    now: JsonObject,
    tools: readonly JsonObject[] = [strata, strata],
  ): string {
    const [first, second] = tools.map((tool, index) => ({
      ...tool,
      nodes: { 'model.test.m': entry(index === 0 ? old : now) },
    }))
    const comparison = compareManifests(graph, first!, second!)
    const all = ['body', 'configs', 'persisted_descriptions', 'relation', 'contract'] as const
    const found = all.filter((aspect) => comparison.is(graph.nodes[0]!, `modified.${aspect}`))
    return [...found, ...(comparison.is(graph.nodes[0]!, 'modified') ? ['modified'] : [])].join(' ')
  }

  it('refuses a version of a model that breaks its contract, and says what is broken', () => {
    const versioned = {
      ...graph.nodes[0]!,
      kind: 'model',
      version: 1,
      location: { file: 'm.sql', line: 1, column: 1 },
    }
    const compare = (old: JsonObject, now: JsonObject) => () => {
      const [first, second] = [old, now].map((more) => ({
        ...strata,
        nodes: { 'model.test.m': entry(more) },
      }))
      return compareManifests({ ...graph, nodes: [versioned as Node] }, first!, second!).is(
        versioned as Node,
        'modified.contract',
      )
    }
    expect(compare(contract({ data_type: 'int' }), {})).toThrow('its contract is no longer enforced')
    expect(compare(contract({ data_type: 'int' }), contract({ data_type: 'text' }))).toThrow(
      'm (version 1, m.sql:1:1) breaks its contract: the column id was int and is text',
    )
    expect(compare({}, contract({ data_type: 'int' }))()).toBe(true)
    const table = { config: { materialized: 'table' } }
    const constrained = contract({ data_type: 'int', constraints: [{ type: 'not_null' }] })
    expect(compare({ ...constrained, ...table }, { ...contract({ data_type: 'int' }), ...table })).toThrow(
      'the constraint is gone: not_null (id)',
    )
  })

  it.each<[string, JsonObject, JsonObject, string]>([
    ['a seed of other bytes', seedOf('a'), seedOf('b'), 'body modified'],
    ['a seed of the same bytes, wrapped', seedOf('a'), seedOf({ name: 'sha256', checksum: 'a' }), ''],
    [
      'declared configuration that is rendered otherwise',
      declared('{{ x }}', 'a'),
      declared('{{ x }}', 'b'),
      '',
    ],
    ['other declared configuration', declared('{{ x }}', 'a'), declared('{{ y }}', 'a'), 'configs modified'],
    ['a description that is not persisted', { description: 'a' }, { description: 'b' }, ''],
    [
      'a persisted description',
      persisted('relation', { description: 'a' }),
      persisted('relation', { description: 'b' }),
      'persisted_descriptions modified',
    ],
    [
      'a persisted description of a column',
      persisted('columns', column({ description: 'a' })),
      persisted('columns', column({ description: 'b' })),
      'persisted_descriptions modified',
    ],
    ['a schema', { config: { schema: 'a' } }, { config: { schema: 'b' } }, 'relation modified'],
    ['a schema that only the target gives', { schema: 'dev_gold' }, { schema: 'gold' }, ''],
    ['a contract that begins', {}, contract({}), 'contract modified'],
    [
      'a type under a contract',
      contract({ data_type: 'int' }),
      contract({ data_type: 'text' }),
      'contract modified',
    ],
    ['a type without one', column({ data_type: 'int' }), column({ data_type: 'text' }), ''],
    [
      'the case of a type under a contract',
      contract({ data_type: 'INT' }),
      contract({ data_type: 'int' }),
      '',
    ],
    ['access', { access: 'private' }, { access: 'public' }, 'modified'],
    ['access as it is by itself', {}, { access: 'protected' }, ''],
    ['the latest version', { latest_version: 1 }, { latest_version: 2 }, 'modified'],
    ['the severity of a test', test({ severity: 'warn' }), test({ severity: 'error' }), 'configs modified'],
    ['meta of a test', test({ meta: { a: 1 } }), test({ meta: { a: 2 } }), ''],
    ['rows of a unit test', unit({ given: [1] }), unit({ given: [2] }), 'body modified'],
    [
      'the owner of an exposure',
      exposure({ owner: { name: 'a' } }),
      exposure({ owner: { name: 'b' } }),
      'modified',
    ],
    ['the order of parents of an exposure', parents('a', 'b'), parents('b', 'a'), ''],
    ['a parent of an exposure', parents('a'), parents('a', 'b'), 'modified'],
    ['freshness of a source', sourceOf({ freshness: { a: 1 } }), sourceOf({ freshness: null }), 'modified'],
    [
      'the table of a source',
      sourceOf({ identifier: 'a' }),
      sourceOf({ identifier: 'b' }),
      'relation modified',
    ],
  ])('%s', (_what, old, now, aspects) => {
    expect(differing(old, now)).toBe(aspects)
  })

  it('compares only what both tools declare in a manifest of the other', () => {
    const theirs = { config: { materialized: 'view', on_schema_change: 'ignore', unique_key: 'id' } }
    const ours = { config: { materialized: 'view', unique_key: ['id'], enabled: true } }
    expect(differing(theirs, ours, [dbt, strata])).toBe('')
    expect(differing(theirs, { config: { materialized: 'table' } }, [dbt, strata])).toBe('configs modified')
    expect(differing(theirs, ours, [dbt, dbt])).toBe('configs modified')
  })

  it('knows a generic test of the other tool by its name', () => {
    const tested = graphOf([model('m'), genericTest('unique', 'm', 'id')])
    const id = 'test.test.unique_m_id.abcdefabcd'
    const theirs = {
      ...dbt,
      nodes: { [id]: { unique_id: id, resource_type: 'test', raw_code: '{{ x }}', config: {} } },
    }
    expect(
      pick(tested, {
        select: ['state:new'],
        previous: { ...nothing, manifest: theirs },
        indirectSelection: 'empty',
      }),
    ).toBe('m')
  })
})

describe('result: and source_status:', () => {
  const graph = graphOf([
    source('raw', 'a'),
    source('raw', 'b'),
    source('raw', 'c'),
    source('raw', 'd'),
    model('good', ['source.test.raw.a']),
    model('bad'),
    model('child', ['bad']),
    genericTest('unique', 'good', 'id'),
  ])
  const result = (id: string, status: string) => ({ unique_id: id, status })
  const loaded = (name: string, time?: string) => ({
    unique_id: `source.test.raw.${name}`,
    ...(time === undefined ? { status: 'runtime error' } : { max_loaded_at: time }),
  })
  const previous: PreviousState = {
    manifest: null,
    runResults: {
      results: [
        result('model.test.good', 'success'),
        result('model.test.bad', 'error'),
        result('model.test.child', 'partial success'),
        result('test.test.unique_good_id.0123456789', 'fail'),
      ],
    },
    sources: {
      results: [
        { ...loaded('a', '2026-01-01T00:00:00Z'), status: 'warn' },
        loaded('b', '2026-01-01T00:00:00Z'),
        loaded('d'),
      ],
    },
    currentSources: {
      results: [
        loaded('a', '2026-01-01T01:00:00+01:00'),
        loaded('b', '2026-01-02T00:00:00Z'),
        loaded('c', '2026-01-01T00:00:00Z'),
        loaded('d'),
      ],
    },
  }

  it.each([
    ['result:success', 'good unique_good_id'],
    ['result:error', 'bad'],
    ['result:error+', 'bad child'],
    ['result:fail', 'unique_good_id'],
    ['result:partial_success', 'child'],
    ['result:skipped', ''],
    ['result:error result:fail', 'bad unique_good_id'],
    ['source_status:fresher', 'source:raw.b source:raw.c'],
    ['source_status:warn+', 'good source:raw.a unique_good_id'],
    ['source_status:runtime_error', 'source:raw.d'],
    ['source_status:pass', ''],
    ['1+result:success,resource_type:source', 'source:raw.a'],
  ])('%s picks %s', (select, names) => {
    expect(pick(graph, { select: [select], previous })).toBe(names)
  })

  it.each<[string, Partial<PreviousState>, string]>([
    ['result:error', { runResults: null }, '--state'],
    ['source_status:fresher', { sources: null }, '--state'],
    ['source_status:fresher', { currentSources: null }, 'source freshness'],
  ])('%s needs its artifact: %j', (select, missing, hint) => {
    expect(() => pick(graph, { select: [select], previous: { ...previous, ...missing } })).toThrow(
      expect.objectContaining({ code: 'NO_STATE', hint: expect.stringContaining(hint) }),
    )
  })

  it.each(['result:failed', 'source_status:stale'])('%s is no word for it', (select) => {
    expect(() => pick(graph, { select: [select], previous })).toThrow(
      expect.objectContaining({ code: 'BAD_SELECTOR' }),
    )
  })
})

function seedOf(checksum: unknown): JsonObject {
  return { resource_type: 'seed', checksum }
}

function declared(unrendered: string, config: string): JsonObject {
  return { unrendered_config: { owner: unrendered }, config: { owner: config } }
}

function persisted(what: string, more: JsonObject): JsonObject {
  return { config: { persist_docs: { [what]: true } }, ...more }
}

function column(more: JsonObject): JsonObject {
  return { columns: { id: { name: 'id', ...more } } }
}

function contract(more: JsonObject): JsonObject {
  return { contract: { enforced: true }, ...column(more) }
}

function test(config: JsonObject): JsonObject {
  return { resource_type: 'test', attached_node: 'model.test.m', config }
}

function unit(more: JsonObject): JsonObject {
  return { resource_type: 'unit_test', ...more }
}

function exposure(more: JsonObject): JsonObject {
  return { resource_type: 'exposure', ...more }
}

function parents(...nodes: readonly string[]): JsonObject {
  return exposure({ depends_on: { nodes } })
}

function sourceOf(more: JsonObject): JsonObject {
  return { resource_type: 'source', ...more }
}
