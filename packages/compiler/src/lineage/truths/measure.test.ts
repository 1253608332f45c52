import { beforeAll, expect, test } from 'vitest'
import { loadSqlParser } from '../../sql/parse-sql.ts'
import { truths } from './index.ts'
import { type Measured, measure } from './measure.ts'

beforeAll(loadSqlParser)

test.each(Object.entries(truths))(
  'the lineage of queries about %s is what a person reads',
  (_topic, ofTopic) => {
    for (const truth of ofTopic) {
      const { wrong, missing, problems } = measure(truth)
      expect.soft({ wrong, missing, problems: problems.map(({ message }) => message) }, truth.title).toEqual({
        wrong: [],
        missing: [],
        problems: [],
      })
    }
  },
)

test('the precision of direct uses is 1, and the recall of all at least 0.98', () => {
  const measured = Object.values(truths).flat().map(measure)
  const direct = score(measured, (line) => / direct /.test(line))
  const all = score(measured, () => true)
  process.stderr.write(`lineage: direct ${show(direct)}, all ${show(all)}, of ${measured.length} queries\n`)
  expect(direct.precision).toBe(1)
  expect(direct.recall).toBeGreaterThanOrEqual(0.98)
  expect(all.precision).toBeGreaterThanOrEqual(0.98)
  expect(all.recall).toBeGreaterThanOrEqual(0.98)
})

interface Score {
  readonly precision: number
  readonly recall: number
}

function score(measured: readonly Measured[], counts: (line: string) => boolean): Score {
  const sum = (part: 'right' | 'wrong' | 'missing') =>
    measured.reduce((total, one) => total + one[part].filter(counts).length, 0)
  return {
    precision: sum('right') / (sum('right') + sum('wrong')),
    recall: sum('right') / (sum('right') + sum('missing')),
  }
}

function show({ precision, recall }: Score): string {
  return `precision ${precision.toFixed(4)} recall ${recall.toFixed(4)}`
}
