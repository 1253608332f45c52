import { type Diagnostic, displayLocation } from '@strata/core'
import { expect, test } from 'vitest'
import { compileFiles } from '../testing/compile-files.ts'

interface Source {
  readonly kind?: string
  /** Further keys of the connector. */
  readonly connector?: string
  readonly instances?: string
  /** One table a line; the first stands in line 5. */
  readonly tables: readonly string[]
}

const north = 'id: 1, name: north, base_url: u'

function compile({
  kind = 'odata',
  connector = '',
  instances = `{ ${north} }`,
  tables,
}: Source): readonly Diagnostic[] {
  const text = [
    'sources:',
    '  - name: cc',
    `    connector: { kind: ${kind}, auth: { kind: none }, instances: [${instances}]${connector} }`,
    '    tables:',
    ...tables.map((table) => `      - { ${table} }`),
    '',
  ].join('\n')
  return compileFiles({ 'sources/cc.yml': text }).diagnostics
}

const studies = 'name: studies, identifier: dim_studies_staging, job: { endpoint: /studies }'
const visits =
  'name: visits, job: { endpoint: "/studies/{studyId}/visits", slices: [{ parameter: studyId, table: studies }] }'
const child = (job: string) => `name: child, job: { ${job} }`
const sliced = (slices: string, endpoint = '/studies/{studyId}/children') =>
  child(`endpoint: "${endpoint}", slices: [${slices}]`)
const nested = '/studies/{studyId}/visits/{visitId}'

/** `line:column`, with the line cut down to what stands there. */
function placed(tables: readonly string[], diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, severity, location }) => {
    const line = `      - { ${tables[location.line - 5]} }`
    const word = /^[^,\s}\]:]+/.exec(line.slice(location.column - 1))?.[0] ?? ''
    return `${severity} ${code} at ${word}`
  })
}

const cases: readonly (readonly [
  title: string,
  tables: readonly string[],
  found: string,
  message: string,
  hint: string,
])[] = [
  [
    'a table that nobody declares',
    [studies, sliced('{ parameter: studyId, table: studys }')],
    'error UNKNOWN_SLICE_TABLE at studys',
    'which is no table of cc',
    'Did you mean "studies"?',
  ],
  [
    'a table without a job, whose rows come from nowhere',
    ['name: studies', sliced('{ parameter: studyId, table: studies }')],
    'error SLICE_TABLE_NOT_LANDED at studies',
    'which has no job: nothing lands its rows',
    'Give "studies" a job',
  ],
  [
    'the table that the job itself lands',
    [sliced('{ parameter: studyId, table: child }')],
    'error SLICE_OF_ITSELF at child',
    'which it lands itself',
    'another job',
  ],
  [
    'a table that is switched off',
    [`${studies}, config: { enabled: false }`, sliced('{ parameter: studyId, table: studies }')],
    'error SLICE_TABLE_DISABLED at studies',
    'which is switched off (enabled: false)',
    'or this table off as well',
  ],
  [
    'a parent that is not active',
    [
      'name: studies, job: { endpoint: /s, active: false, reason: "no licence" }',
      sliced('{ parameter: studyId, table: studies }'),
    ],
    'error SLICE_PARENT_INACTIVE at studies',
    'whose job is not active: no licence',
    'make this one inactive too',
  ],
  [
    'a parameter given twice',
    [studies, sliced('{ parameter: studyId, table: studies }, { parameter: studyId, table: studies }')],
    'error DUPLICATE_SLICE_PARAMETER at studyId',
    'cc.child gets its parameter studyId twice',
    'Remove one of the two',
  ],
  [
    'a parameter that no request names',
    [studies, sliced('{ parameter: studyId, table: studies }', '/children')],
    'error UNUSED_SLICE_PARAMETER at studyId',
    'all would be the same',
    'Write {studyId} where it belongs',
  ],
  [
    'a match by a parameter that there is not',
    [
      studies,
      visits,
      sliced(
        '{ parameter: studyId, table: studies }, { parameter: visitId, table: visits, match: { studyid: study.id } }',
        nested,
      ),
    ],
    'error UNKNOWN_SLICE_MATCH at studyid',
    'visitId of cc.child is matched by studyid, which is no parameter of the job',
    'Did you mean "studyId"?',
  ],
  [
    'a match by a parameter that comes later',
    [
      studies,
      visits,
      sliced(
        '{ parameter: visitId, table: visits, match: { studyId: study.id } }, { parameter: studyId, table: visits, path: study.id }',
        nested,
      ),
    ],
    'error UNKNOWN_SLICE_MATCH at studyId',
    'which does not come before it',
    'Put the outer parameter first',
  ],
  [
    'tables that are combined each row with each',
    [
      studies,
      visits,
      sliced('{ parameter: studyId, table: studies }, { parameter: visitId, table: visits }', nested),
    ],
    'warning SLICE_PRODUCT at {',
    'cc.child is asked for with each visitId for each studyId',
    'match: {studyId: …}',
  ],
  [
    'the serial id of the bronze table, by the name of the table',
    [studies, sliced('{ parameter: studyId, table: studies, path: studies.id }')],
    'error SLICE_PATH_COLUMN at studies.id',
    'names a column of bronze.dim_studies_staging',
    'Write the field alone, for instance path: id; the column "id" of a bronze table is ours',
  ],
  [
    'the serial id of the bronze table, as SQL',
    [studies, sliced(`{ parameter: studyId, table: studies, path: "data->>'id'" }`)],
    'error SLICE_PATH_COLUMN at "data->>\'id\'"',
    'a path is one in the record',
    'Write the field alone',
  ],
  [
    'the serial id of the bronze table, by another word',
    [studies, sliced('{ parameter: studyId, table: studies, path: $id }')],
    'error SLICE_PATH_COLUMN at $id',
    'a path is one in the record',
    'for instance path: id',
  ],
  [
    'the id of records that are told apart by something else',
    [
      'name: studies, job: { endpoint: /studies, key: [number] }',
      sliced('{ parameter: studyId, table: studies }'),
    ],
    'warning SLICE_PATH_NOT_KEY at {',
    'which are told apart by number',
    'Write path: number',
  ],
  [
    'a parameter of the parent that it does not have',
    [studies, visits, sliced('{ parameter: studyId, table: visits, path: $context.study }')],
    'error UNKNOWN_SLICE_CONTEXT at $context.study',
    'is no parameter by which the records of "visits" are asked for',
    '$context.studyId',
  ],
  [
    'a place in a query parameter that nothing fills',
    [studies, child('endpoint: /c, params: { study: "{studyId}" }')],
    'error MISSING_SLICE at "{studyId',
    'the query parameter study of cc.child has a place {studyId}, but nothing says where its values come from',
    'parameter: studyId',
  ],
  [
    'a key by a parameter that the job does not have',
    [
      studies,
      child(
        'endpoint: "/s/{studyId}", key: [id, { parameter: study }], slices: [{ parameter: studyId, table: studies }]',
      ),
    ],
    'error UNKNOWN_KEY_PARAMETER at {',
    'the key of cc.child takes in the parameter study',
    'Did you mean "studyId"?',
  ],
  [
    'a lower bound in a query parameter of OData',
    [child('endpoint: /c, cursor: { field: changed, start_param: since }')],
    'error CURSOR_START_PARAM at start_param',
    'but OData is asked by $filter',
    'Remove start_param',
  ],
  [
    'a sweep where each walk is a full one',
    [child('endpoint: /c, sweep: { every: 7 }')],
    'warning SWEEP_WITHOUT_CURSOR at sweep',
    'without a cursor each of its walks is a full one',
    'Remove sweep:',
  ],
  [
    'paging that OData does not know',
    [child('endpoint: /c, paging: { kind: page_number }')],
    'error PAGING_NEEDS_REST at paging',
    'cc.child is paged by page_number, which is for rest, and the connector is of kind odata',
    'For odata there are: auto, keyset, next_link, single.',
  ],
]

for (const [title, tables, found, message, hint] of cases) {
  test(`${title} is found before anything runs`, () => {
    const diagnostics = compile({ tables })
    expect(placed(tables, diagnostics)).toEqual([found])
    expect(diagnostics[0]?.message).toContain(message)
    expect(diagnostics[0]?.hint).toContain(hint)
  })
}

test('slices of several levels, from the context of a row too, are in order', () => {
  const tables = [
    studies,
    visits,
    sliced(
      '{ parameter: studyId, table: studies }, { parameter: visitId, table: visits, match: { studyId: $context.studyId } }',
      nested,
    ),
  ]
  expect(compile({ tables })).toEqual([])
  // Both out of one row need no match; a parameter that only another one is matched by is of use.
  const others = [
    '{ parameter: studyId, table: visits, path: study.id }, { parameter: visitId, table: visits }',
  ]
  expect(compile({ tables: [studies, visits, sliced(others[0]!, nested)] })).toEqual([])
  expect(compile({ tables: [...tables.slice(0, 2), tables[2]!.replace('/studies/{studyId}', '')] })).toEqual(
    [],
  )
})

test('a job that is not active asks nothing of its parents', () => {
  const tables = [
    'name: studies',
    child('endpoint: "/{s}", active: false, slices: [{ parameter: s, table: studies }]'),
  ]
  expect(compile({ tables })).toEqual([])
})

test('slices that are refreshed on_change have no sweep unasked, and all levels have to be', () => {
  const levels = (first: string) =>
    sliced(
      `{ parameter: studyId, table: studies${first} }, { parameter: visitId, table: visits, match: { studyId: study.id }, refresh: on_change }`,
      nested,
    )
  const both = [studies, visits, levels(', refresh: on_change')]
  expect(compile({ tables: both })).toEqual([])
  const one = [studies, visits, levels('')]
  const found = compile({ tables: one })
  expect(placed(one, found)).toEqual(['warning SLICE_REFRESH_MIXED at on_change'])
  expect(found[0]?.message).toContain('but studyId is not: each run asks for all of them')

  const yaml = (job: string) =>
    compileFiles({
      'sources/cc.yml': `sources:\n  - name: cc\n    connector: { kind: odata, auth: { kind: none }, instances: [{ ${north} }] }\n    tables:\n      - { ${studies} }\n      - { ${child(job)} }\n`,
    })
  const job =
    'endpoint: "/s/{studyId}", cursor: { field: changed }, slices: [{ parameter: studyId, table: studies'
  const sweepOf = (text: string) => {
    const node = yaml(text).graph.nodes.find(({ kind, name }) => kind === 'job' && name === 'cc.child')
    return node?.kind === 'job' ? node.job.sweep : undefined
  }
  expect(sweepOf(`${job} }]`)).toEqual({ everySeconds: 7 * 24 * 60 * 60 })
  expect(sweepOf(`${job}, refresh: on_change }]`)).toBeNull()
  expect(sweepOf(`${job}, refresh: on_change }], sweep: { every: 30 }`)).toEqual({
    everySeconds: 30 * 24 * 60 * 60,
  })
})

test('slices that are refreshed on_change by what may change in a row are warned of', () => {
  const by = (slice: string, more = '') => [
    studies,
    visits,
    child(
      `endpoint: "/s/{studyId}", slices: [{ parameter: studyId, table: visits, refresh: on_change, ${slice} }]${more}`,
    ),
  ]
  const tables = by('path: study.id')
  const found = compile({ tables })
  expect(placed(tables, found)).toEqual(['warning SLICE_REFRESH_PATH at study.id'])
  expect(found[0]?.message).toContain('by study.id, which is no part of the key of "visits" (id)')
  expect(compile({ tables: by('path: $context.studyId') })).toMatchObject([{ code: 'SLICE_REFRESH_PATH' }])
  expect(compile({ tables: by('path: id') })).toEqual([])
  expect(compile({ tables: by('path: study.id', ', sweep: { every: 30 }') })).toEqual([])
  const keyed = visits.replace('{ endpoint', '{ key: [id, { parameter: studyId }], endpoint')
  expect(compile({ tables: [studies, keyed, by('path: $context.studyId')[2]!] })).toEqual([])
})

test('a job may be without an endpoint as long as it is not active', () => {
  const unknown = 'slices: [{ parameter: studyId, table: studies }], key: [id, { parameter: studyId }]'
  expect(compile({ tables: [studies, child(`${unknown}, active: false`)] })).toEqual([])
  const tables = [studies, child(unknown)]
  const found = compile({ tables })
  expect(placed(tables, found)).toEqual(['error BAD_VALUE at {'])
  expect(found[0]?.message).toContain('a job names its endpoint; where nobody knows it, say active: false')
})

test('jobs that take their slices from each other are named, the whole way round', () => {
  const tables = [
    'name: a, job: { endpoint: "/a/{c}", slices: [{ parameter: c, table: c }] }',
    'name: b, job: { endpoint: "/b/{a}", slices: [{ parameter: a, table: a }] }',
    'name: c, job: { endpoint: "/c/{b}", slices: [{ parameter: b, table: b }] }',
  ]
  const [cycle, ...others] = compile({ tables })
  expect(others).toEqual([])
  expect(cycle).toMatchObject({ code: 'CYCLE', hint: 'Let one of them take its slices from another table.' })
  expect(cycle?.message).toMatch(/refer to each other in a circle: cc\.(\w) → cc\.\w → cc\.\w → cc\.\1$/)
})

test('a place that every instance gives a value for needs no slice, in a header too', () => {
  const tables = [child('endpoint: "/l/{locationId}/c", params: { at: "{locationId}" }')]
  const connector = ', headers: { Location: "{locationId}" }'
  const both = `{ ${north}, parameters: { locationId: "7" } }, { id: 2, name: south, base_url: u, parameters: { locationId: { env: L } } }`
  expect(compile({ tables, connector, instances: both })).toEqual([])
  const one = both.replace(', parameters: { locationId: { env: L } }', '')
  const lacking = compile({ tables, connector, instances: one })
  expect(lacking.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'MISSING_PARAMETER the header Location of cc has a place {locationId}, which south does not give',
    'MISSING_PARAMETER the endpoint of cc.child has a place {locationId}, which south does not give',
    'MISSING_PARAMETER the query parameter at of cc.child has a place {locationId}, which south does not give',
  ])
  const twice = [studies, sliced('{ parameter: locationId, table: studies }', '/l/{locationId}')]
  expect(compile({ tables: twice, instances: both })[0]).toMatchObject({
    code: 'DUPLICATE_SLICE_PARAMETER',
    message: expect.stringContaining('from its slices and from instance north'),
  })
})

test('what needs the filter of OData is refused of a rest API', () => {
  const tables = [
    child('endpoint: /c, window: { field: day, from: 2020-01-01 }, paging: { kind: keyset }'),
    'name: other, job: { endpoint: /o, paging: { kind: next_link, next_url_path: next } }',
  ]
  expect(placed(tables, compile({ kind: 'rest', tables }))).toEqual([
    'error WINDOW_NEEDS_ODATA at window',
    'error PAGING_NEEDS_ODATA at paging',
  ])
})

test('paging of the connector that its kind does not know is told once', () => {
  const tables = [child('endpoint: /c'), 'name: other, job: { endpoint: /o }']
  const found = compile({ connector: ', paging: { kind: offset }', tables })
  expect(found.map((one) => `${displayLocation(one.location)} ${one.code}`)).toEqual([
    'sources/cc.yml:3:103 PAGING_NEEDS_REST',
  ])
  expect(found[0]?.message).toContain('the jobs of cc are paged by offset')
})
