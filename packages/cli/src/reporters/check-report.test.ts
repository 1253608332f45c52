import type { CheckedGraph } from '@strata/compiler/check'
import { expect, test } from 'vitest'
import { silenceLines, sourceLines, summaryLine } from './check-report.ts'

function checked(sources: number): CheckedGraph {
  const reason = 'nothing is known of its columns'
  const nodes = Array.from({ length: sources }, (_, index) => ({
    kind: 'source',
    id: `source.shop.raw.t${index}`,
    name: `raw.t${index}`,
    columns: [],
    location: { file: `models/s${index}.yml`, line: 1, column: 1 },
  }))
  const model = (name: string) => ({ kind: 'model', id: `model.shop.${name}`, name })
  return {
    diagnostics: [],
    unknownSources: nodes.map((node) => ({ node, reason })),
    unchecked: [
      { node: model('a'), reason, because: nodes[0]!.id, byNames: true },
      { node: model('b'), reason, because: nodes[0]!.id, byNames: true },
      { node: model('c'), reason, because: nodes[0]!.id, byNames: false },
    ],
    counts: { models: 3, sources, tests: 0, broken: 0, asked: 3 },
  } as unknown as CheckedGraph
}

test('sources of which nothing is known are one note', () => {
  expect(sourceLines(checked(5))).toEqual([
    'Note: raw.t0, raw.t1, raw.t2 and 2 more sources: nothing is known of their columns: 2 models were looked at by names only, 1 not at all, for types need columns. Declare their columns, each with data_type, in models/s0.yml, models/s1.yml and 3 more files, or set DATABASE_URL to a database that has them.',
  ])
  expect(sourceLines(checked(1))[0]).toMatch(
    /^Note: raw.t0: nothing is known of its columns: .* in models\/s0.yml,/,
  )
})

test('the last line says how much was looked at by names alone', () => {
  expect(summaryLine(checked(1), 1200)).toBe(
    '3 models, 1 source checked in 1.2s: no errors, 2 models by names only, 1 unchecked.',
  )
})

test('errors come with a note where the target was there to be asked and did not answer', () => {
  const found = {
    versions: { scratch: '18.0', target: null },
    counts: { asked: 2 },
    diagnostics: [{ code: 'UNKNOWN_FUNCTION' }],
  } as unknown as CheckedGraph
  expect(silenceLines(found, 'postgres://nowhere', {})).toHaveLength(1)
  expect(silenceLines(found, null, {})).toEqual([])
  expect(silenceLines(found, 'postgres://there', { onServer: true })).toEqual([])
  expect(silenceLines({ ...found, diagnostics: [] }, 'postgres://nowhere', {})).toEqual([])
})
