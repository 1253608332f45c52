import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import { ratesTable, runsTable } from './history-tables.ts'
import { progressBar } from './live.ts'
import { createPlainReporter } from './plain.ts'
import type { Terminal } from './reporter.ts'

describe('tables of the history', () => {
  it('count a run’s steps by how they ended', () => {
    const { rows } = runsTable(
      [
        {
          runId: '0123456789ab',
          command: 'run',
          status: 'failed',
          startedAt: '2030-01-02T03:04:05.678Z',
          finishedAt: null,
          milliseconds: 1500,
          counts: { success: 2, failed: 1, skipped: 1 },
          steps: 4,
          arguments: {},
        },
      ],
      100,
    )
    expect(rows).toEqual([
      {
        run: '01234567',
        started: '2030-01-02 03:04',
        command: 'run',
        status: 'failed',
        steps: '2 of 4, 1 failed, 1 skipped',
        took: '1.5s',
      },
    ])
  })

  it('tell a retry, and that a crashed run took at least so long', () => {
    const { rows } = runsTable(
      [
        {
          runId: '0123456789ab',
          command: 'run',
          status: 'crashed',
          startedAt: '2030-01-02T03:04:05.678Z',
          finishedAt: null,
          milliseconds: 1500,
          counts: {},
          steps: 4,
          arguments: { retry_of: 'abcdef012345' },
        },
      ],
      100,
    )
    expect(rows).toMatchObject([{ command: 'retry', took: '≥1.5s' }])
  })

  it('round rates, but never up to 100 % nor down to 0 %', () => {
    const node = {
      id: 'model.p.m',
      kind: 'model',
      name: 'm',
      runs: 1000,
      failed: 1,
      successRate: 0.999,
      medianMilliseconds: 1,
      slowestMilliseconds: 1,
      totalMilliseconds: 1,
      lastFailedAt: null,
      lastErrorCode: null,
    } as const
    const rates = [0.999, 2 / 3, 0.001, 0].map((successRate) => ({ ...node, successRate }))
    expect(ratesTable(rates).rows.map(({ succeeds }) => succeeds)).toEqual(['99 %', '67 %', '1 %', '0 %'])
  })
})

describe('how long a run will take', () => {
  it('stands behind the bar, from past runs where they say something', () => {
    const colors = createColors(false)
    const at = { done: 1, total: 4, elapsed: 2_000 }
    expect(progressBar({ ...at, left: 30_000 }, 80, colors)).toMatch(/ 1\/4 {2}2\.0s, about 30\.0s left$/)
    expect(progressBar({ ...at, left: null }, 80, colors)).toMatch(/ 1\/4 {2}2\.0s$/)
  })

  it('is not told when it is over: the run takes longer than usual', () => {
    const colors = createColors(false)
    const at = { done: 1, total: 4, elapsed: 16_000 }
    expect(progressBar({ ...at, left: 20 }, 80, colors)).toMatch(/ 16\.0s$/)
    expect(progressBar({ ...at, left: -5_000 }, 80, colors)).toMatch(/ 16\.0s, longer than usual$/)
  })

  it('is told in plain lines of a long run, at its start and now and then', () => {
    const lines: string[] = []
    let time = 0
    const terminal = {
      err: (text: string) => lines.push(text),
      out() {},
      color: false,
    } as unknown as Terminal
    const reporter = createPlainReporter(
      terminal,
      () => null,
      () => time,
    )
    const estimate = (remainingMilliseconds: number) =>
      reporter.emit({ kind: 'estimate', remainingMilliseconds })
    estimate(9_000)
    expect(lines).toEqual([])
    estimate(80_000)
    time = 5_000
    estimate(75_000)
    time = 31_000
    estimate(50_000)
    time = 90_000
    estimate(0)
    expect(lines).toEqual([
      'About 1m 20s left, judging by past runs.',
      'About 50.0s left, 0 of 0 steps done.',
    ])
  })
})
