import { describe, expect, it } from 'vitest'
import { type Selection, selectNodes, selectWithWarnings } from './select-nodes.ts'
import { graphOf, job, model, seed, source } from './testing/nodes.ts'
import { pick } from './testing/pick.ts'
import { usersGraph } from './testing/users-graph.ts'

/** A model, the source table behind it, and the job that lands that, all called patients. */
const landed = graphOf([
  job('erp', 'patients'),
  source('erp', 'patients', { job: 'job.test.erp.patients' }),
  source('erp', 'visits'),
  model('patients', ['source.test.erp.patients'], { folder: 'silver', tags: ['daily'] }),
  model('visits', ['patients', 'source.test.erp.visits'], { folder: 'silver' }),
])

describe('jobs and sources', () => {
  it.each([
    ['patients', 'patients'],
    ['erp.patients', 'job:erp.patients source:erp.patients'],
    ['test.erp.patients', 'job:erp.patients source:erp.patients'],
    ['erp.*', 'job:erp.patients source:erp.patients source:erp.visits'],
    ['e*.pat*', 'job:erp.patients source:erp.patients'],
    ['*', 'patients visits'],
    ['*.patients', 'patients'],
    ['test.*', 'patients visits'],
    ['silver', 'patients visits'],
    ['+silver.patients', 'job:erp.patients patients source:erp.patients'],
    ['source:erp', 'source:erp.patients source:erp.visits'],
    ['source:erp.visits', 'source:erp.visits'],
    ['job:erp', 'job:erp.patients'],
    ['job:patients', 'job:erp.patients'],
    ['job:erp.pat*', 'job:erp.patients'],
    ['job:test.erp.patients+1', 'job:erp.patients source:erp.patients'],
    ['resource_type:job', 'job:erp.patients'],
    ['config.active:true', 'job:erp.patients'],
    ['sources/erp.yml', 'job:erp.patients'],
  ])('%s picks %s', (select, names) => {
    expect(pick(landed, { select: [select] })).toBe(names)
  })

  it('picks jobs by plain words where only jobs are meant, and everything when nothing is said', () => {
    expect(pick(landed, { select: ['patients'], bareMethod: 'job' })).toBe('job:erp.patients')
    expect(pick(landed, {})).toBe('job:erp.patients patients source:erp.patients source:erp.visits visits')
  })
})

describe('selecting kinds', () => {
  it.each([
    ['model', 'model'],
    ['test', 'data_test'],
    ['unit_test', 'unit_test'],
  ])('keeps what is called %s: %s', (word, kind) => {
    const nodes = selectNodes(usersGraph, { select: [], exclude: [], resourceTypes: [word] })
    expect([...new Set(nodes.map((node) => node.kind))]).toEqual([kind])
  })

  it('drops kinds, and knows the words that mean many', () => {
    const users = (selection: Partial<Selection>) => pick(usersGraph, { select: ['1+users'], ...selection })
    expect(users({})).toBe('base_users unique_users_id users')
    expect(users({ excludeResourceTypes: ['test', 'seed'] })).toBe('base_users users')
    expect(users({ resourceTypes: ['all'], excludeResourceTypes: ['data_test'] })).toBe('base_users users')
    expect(users({ resourceTypes: ['default'] })).toBe('base_users unique_users_id users')
    expect(users({ resourceTypes: ['metric'] })).toBe('')
    expect(users({ resourceTypes: [] })).toBe('base_users unique_users_id users')
    expect(() => users({ resourceTypes: ['modl'] })).toThrow(
      expect.objectContaining({ code: 'BAD_SELECTOR', hint: expect.stringContaining('"model"') }),
    )
  })
})

describe('selecting by configuration', () => {
  const graph = graphOf([
    model('a', [], {
      config: { uniqueKey: ['id'], retries: null, rank: 5, grants: { select: ['ann', 'bob'] } },
    }),
    model('b', [], { config: { full_refresh: false, enabled: true } }),
    seed('s'),
  ])

  it.each([
    ['config.unique_key:id', 'a'],
    ['config.retries:null', 'a'],
    ['config.rank:5', 'a'],
    ['config.grants.select:bob', 'a'],
    ['config.grants:select', 'a'],
    ['config.full_refresh:FALSE', 'b'],
    ['config.delimiter:","', 'seed:s'],
    ['config.materialized:v*', 'a b'],
  ])('%s picks %s', (select, names) => {
    expect(pick(graph, { select: [select] })).toBe(names)
  })
})

describe('a selector that matches nothing', () => {
  const failure = (select: string, graph = usersGraph) => {
    try {
      selectNodes(graph, { select: [select], exclude: [] })
      return 'no error'
    } catch (error) {
      const { code, message, hint } = error as { code: string; message: string; hint: string }
      return `${code}: ${message}. ${hint}`
    }
  }

  it.each([
    [
      '+emials_alt',
      'NOTHING_SELECTED: the selector "+emials_alt" matches nothing. Did you mean "emails_alt"',
    ],
    ['nowhere_*', 'NOTHING_SELECTED: the selector "nowhere_*" matches nothing. `models list` shows'],
    [
      'path:models/user.sql',
      'NOTHING_SELECTED: the selector "path:models/user.sql" matches nothing. Did you mean "models/users',
    ],
    ['user.sql', 'NOTHING_SELECTED: the selector "user.sql" matches nothing. Did you mean "users.sql"'],
    ['source:raww', 'NOTHING_SELECTED: the selector "source:raww" matches nothing. Did you mean "raw'],
    [
      'exposure:user_exposur',
      'NOTHING_SELECTED: the selector "exposure:user_exposur" matches nothing. Did you mean "user_exposure"',
    ],
    [
      'unit_test:count_genders',
      'NOTHING_SELECTED: the selector "unit_test:count_genders" matches nothing. Did you mean "counts_genders"',
    ],
    [
      'package:integratio',
      'NOTHING_SELECTED: the selector "package:integratio" matches nothing. Did you mean "integration"',
    ],
    ['job:erp', 'NOTHING_SELECTED: the selector "job:erp" matches nothing. `models list` shows'],
    [
      'users & emails',
      'NOTHING_SELECTED: the selector "&" matches nothing. A comma between two criteria means both',
    ],
    [
      '^users',
      'NOTHING_SELECTED: the selector "^users" matches nothing. A comma between two criteria means both',
    ],
    ['users,emials', 'NOTHING_SELECTED: the selector "emials" matches nothing. Did you mean "emails"'],
  ])('%s is an error', (select, expected) => {
    expect(failure(select)).toContain(expected)
  })

  it.each([
    ['tag:bii', 'Did you mean "bi"'],
    ['group:user_group', 'Did you mean "users_group"'],
    ['access:private,tag:bi', 'A comma means both'],
    ['config.materialized:tabel', '`models list` shows'],
    ['test_name:uniq', 'Did you mean "unique"'],
    ['test_type:singular', '`models list` shows'],
    ['resource_type:analysis', 'The project has none of that type'],
    ['metric:revenue', 'Strata has no metrics'],
    ['semantic_model:*', 'Strata has no semantic models'],
    ['saved_query:x', 'Strata has no saved queries'],
    ['users,emails', 'A comma means both'],
  ])('%s is a warning', (select, hint) => {
    const { nodes, warnings } = selectWithWarnings(usersGraph, { select: [select], exclude: [] })
    expect(nodes).toEqual([])
    expect(warnings).toMatchObject([{ code: 'NOTHING_SELECTED', hint: expect.stringContaining(hint) }])
  })

  it('is a warning where it is to be excluded', () => {
    const { nodes, warnings } = selectWithWarnings(usersGraph, { select: ['users'], exclude: ['emials'] })
    expect(nodes.map((node) => node.name)).toEqual(['users', 'unique_users_id'])
    expect(warnings).toMatchObject([{ hint: expect.stringContaining('Did you mean "emails"') }])
  })
})

describe('a selector that can never match', () => {
  it.each([
    ['tags:daily', 'UNKNOWN_SELECTOR_METHOD', 'Did you mean "tag"?'],
    ['tag.x:daily', 'UNKNOWN_SELECTOR_METHOD', 'tag:daily'],
    ['config:table', 'BAD_SELECTOR', 'config.materialized:table'],
    ['resource_type:modl', 'BAD_SELECTOR', '"model"'],
    ['test_type:genric', 'BAD_SELECTOR', '"generic"'],
    ['access:secret', 'BAD_SELECTOR', 'private, protected, public'],
    ['version:newest', 'BAD_SELECTOR', 'latest'],
    ['source:a.b.c.d', 'BAD_SELECTOR', 'package.source.table'],
    ['exposure:a.b.c', 'BAD_SELECTOR', 'package.name'],
  ])('%s is an error, %s', (select, code, hint) => {
    expect(() => pick(usersGraph, { select: [select] })).toThrow(
      expect.objectContaining({ code, hint: expect.stringContaining(hint) }),
    )
  })

  it('is an unknown mode of indirect selection, too', () => {
    expect(() => pick(usersGraph, { indirectSelection: 'greedy' })).toThrow(
      expect.objectContaining({ code: 'BAD_SELECTOR', hint: expect.stringContaining('eager') }),
    )
  })
})

describe('versions', () => {
  const versions = [0, 1, '2', 3, 4.5, '5.0', 21, 'test']
  const graph = graphOf([
    model('plain'),
    ...versions.map((version) => model('wide', [], { version, latestVersion: 2 })),
    model('only', [], { version: 1 }),
  ])

  it.each([
    ['version:latest', 'only.v1 wide.v2'],
    ['version:old', 'wide.v0 wide.v1'],
    ['version:prerelease', 'wide.v21 wide.v3 wide.v4.5 wide.v5.0 wide.vtest'],
    ['version:none', 'plain'],
    ['wide.v4.5', 'wide.v4.5'],
    ['wide_v4.5', 'wide.v4.5'],
    ['wide_vtest', 'wide.vtest'],
    ['wid?', 'wide.v0 wide.v1 wide.v2 wide.v21 wide.v3 wide.v4.5 wide.v5.0 wide.vtest'],
  ])('%s picks %s', (select, names) => {
    expect(pick(graph, { select: [select] })).toBe(names)
  })
})

describe('a large graph', () => {
  it('is looked at once for all criteria', () => {
    let reads = 0
    const nodes = Array.from({ length: 300 }, (_, index) => {
      const node = model(`model_${index}`, [], { folder: `area_${index % 20}`, tags: [`tag_${index % 7}`] })
      const { location, tags, fqn } = node
      const counted = <T>(value: T) => ({
        enumerable: true,
        get() {
          reads++
          return value
        },
      })
      return Object.defineProperties(node, {
        location: counted(location),
        tags: counted(tags),
        fqn: counted(fqn),
      })
    })
    const graph = graphOf(nodes)
    const pass = (part: number) => [
      'tag:tag_*',
      `path:models/area_${part}`,
      `path:models/*_${part}`,
      'file:model_?.sql',
      `*_${part}9`,
      `model_${part}`,
    ]
    selectNodes(graph, { select: pass(1), exclude: [] })
    const once = reads
    for (const part of [2, 3, 4, 5]) selectNodes(graph, { select: pass(part), exclude: pass(1) })
    expect(once).toBeGreaterThan(0)
    expect(reads).toBe(once)
  })
})
