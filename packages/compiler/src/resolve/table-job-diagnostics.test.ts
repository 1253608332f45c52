import { displayLocation, type JobNode } from '@strata/core'
import { expect, test } from 'vitest'
import { compileFiles } from '../testing/compile-files.ts'

function compile(kind: string, job: string, connector = '') {
  const instance = kind === 'csv' ? 'path: exports' : 'url: { env: DENTAL_URL }'
  const text = [
    'sources:',
    '  - name: dental',
    `    connector: { kind: ${kind}, instances: [{ id: 1, name: main, ${instance} }]${connector} }`,
    '    tables:',
    '      - name: adjustment',
    `        job: { ${job} }`,
    '',
  ].join('\n')
  return compileFiles({ 'sources/dental.yml': text })
}

function jobOf(kind: string, job: string) {
  const { diagnostics, graph } = compile(kind, job)
  expect(diagnostics).toEqual([])
  return graph.nodes.find((node): node is JobNode => node.kind === 'job')!.job
}

test('a job of a table is its key and its change columns, the most reliable first', () => {
  expect(
    jobOf(
      'mysql',
      'key: AdjNum, watermark: { columns: [SecDateTEdit, { name: AdjDate, max: 2026-01-31 }], min: 2000-01-01, max: 2030-12-31 }',
    ),
  ).toMatchObject({
    kind: 'table',
    relation: { schema: null, name: 'adjustment' },
    key: [{ field: ['AdjNum'] }],
    target: { schema: 'bronze', name: 'adjustment' },
    watermark: {
      logic: 'or',
      lookbackSeconds: 7200,
      columns: [
        { name: 'SecDateTEdit', min: '2000-01-01', max: '2030-12-31' },
        { name: 'AdjDate', min: '2000-01-01', max: '2026-01-31' },
      ],
    },
    sweep: { everySeconds: 86_400 },
    compare: 'keys',
    onMismatch: 'fail',
  })
})

test('a table of another schema, a key of several columns, and sweeps that compare rows can be declared', () => {
  expect(
    jobOf(
      'postgres',
      'relation: shop.order.lines, key: [order, line], sweep: { every: 7, compare: rows }, on_mismatch: full_load',
    ),
  ).toMatchObject({
    relation: { schema: 'shop', name: 'order.lines' },
    key: [{ field: ['order'] }, { field: ['line'] }],
    watermark: null,
    sweep: { everySeconds: 7 * 86_400 },
    compare: 'rows',
    onMismatch: 'full_load',
  })
  expect(jobOf('postgres', 'key: id, sweep: false')).toMatchObject({ sweep: null })
})

test('a job of files names them, below the folder of the instance', () => {
  expect(jobOf('csv', 'files: "adjustments-*.csv", key: AdjNum, delimiter: ";"')).toMatchObject({
    kind: 'file',
    files: 'adjustments-*.csv',
    delimiter: ';',
    encoding: 'utf-8',
    nullValues: [''],
  })
})

const mistakes: readonly (readonly [
  title: string,
  kind: string,
  job: string,
  connector: string,
  found: string,
])[] = [
  [
    'a change column that is named twice',
    'mysql',
    'key: a, watermark: { columns: [b, b] }',
    '',
    'CHANGE_COLUMN_TWICE 6:50 dental.adjustment names the change column b twice',
  ],
  [
    'bounds between which nothing lies',
    'mysql',
    'key: a, watermark: { columns: [b], min: 2030-01-01, max: 2000-01-01 }',
    '',
    'BAD_BOUNDS 6:47 no value of b of dental.adjustment is believed: its min 2030-01-01 lies beyond its max 2000-01-01',
  ],
  [
    'a bound that is no date',
    'mysql',
    'key: a, watermark: { columns: [b], min: yesterday }',
    '',
    'BAD_VALUE 6:56 sources[0].tables[0].job.watermark.min: a bound is a date (2000-01-31), a time (2000-01-31 12:00) or a whole number',
  ],
  [
    'a job of a table without a key',
    'postgres',
    'relation: shop.orders',
    '',
    'MISSING_KEY 6:9 sources[0].tables[0].job.key is missing',
  ],
  [
    'files outside of the folder',
    'csv',
    'files: ../secret.csv, key: a',
    '',
    'BAD_VALUE 6:23 sources[0].tables[0].job.files: a path below the folder of the instance, without ..',
  ],
  [
    'an endpoint in a source that is a database',
    'mysql',
    'key: a, endpoint: /adjustments',
    '',
    'UNKNOWN_KEY 6:24 unknown key "endpoint" in sources[0].tables[0].job',
  ],
  [
    'a zone that nobody knows',
    'mysql',
    'key: a',
    ', time_zone: Chicago',
    'BAD_VALUE 3:104 sources[0].connector.time_zone: a time zone is named as in America/Chicago',
  ],
]

for (const [title, kind, job, connector, found] of mistakes)
  test(`${title} is a mistake with its place`, () => {
    const { diagnostics } = compile(kind, job, connector)
    const told = diagnostics.map(
      ({ code, message, location }) =>
        `${code} ${displayLocation(location).replace(/^[^:]+:/, '')} ${message}`,
    )
    expect(told).toEqual([found])
  })
