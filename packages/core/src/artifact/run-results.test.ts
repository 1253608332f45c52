import { expect, it } from 'vitest'
import type { RunResult } from '../result.ts'
import { toRunResults } from './run-results.ts'

const step = {
  id: 'model.shop.a',
  kind: 'model',
  status: 'success',
  action: 'build',
  message: null,
  startedAt: '2026-01-02T03:04:05.000Z',
  finishedAt: '2026-01-02T03:04:06.000Z',
  milliseconds: 1000,
  counts: { rows: 1 },
}

it('a node that ran has both of the stages that hooks look for in its timing, and one that did not has none', () => {
  const timings = (steps: readonly object[]) => {
    const result = { startedAt: '', finishedAt: '', results: steps } as unknown as RunResult
    const graph = { projectName: 'shop', nodes: [], groups: [], macros: [], onRunStart: [], onRunEnd: [] }
    const metadata = { generatedAt: '', invocationId: '', strataVersion: '' }
    const { results } = toRunResults(result, graph, metadata) as { results: { timing: unknown }[] }
    return results.map(({ timing }) => timing)
  }
  expect(timings([step, { ...step, startedAt: null, finishedAt: null }])).toEqual([
    [
      { name: 'compile', started_at: step.startedAt, completed_at: step.startedAt },
      { name: 'execute', started_at: step.startedAt, completed_at: step.finishedAt },
    ],
    [],
  ])
})
