import type { Connector, Instance, Job } from '@strata/core'
import { createJobExecutor, openMysqlSource, type TableSource } from '@strata/extractor'
import { connect } from '@strata/postgres'
import { stepOf, target } from './landing-jobs.ts'
import { peakMb } from './peak-memory.ts'

/** What the process is told. */
export interface LandingOrder {
  readonly url: string
  readonly job: Job
  readonly connector: Connector
  readonly instances: readonly Instance[]
  readonly fullRefresh?: boolean
  /** Cut off when the first page has landed. */
  readonly firstPageOnly?: boolean
}

export interface Landed {
  readonly milliseconds: number
  readonly counts: { readonly [name: string]: number }
  /** Resident before it began, and at most. */
  readonly beforeMb: number
  readonly peakMb: number
}

/** Lands a job, and tells its parent what it took. */
process.once('message', async (message) => {
  const order = message as LandingOrder
  const database = await connect({ url: order.url, applicationName: 'bench', maxConnections: 20 })
  let source: TableSource | null = null
  const execute = createJobExecutor({
    database,
    tableSourceOf: (connector, instance) => {
      if (connector.kind !== 'mysql') throw new Error(`the bench reads no ${connector.kind}`)
      source ??= openMysqlSource(connector, instance)
      return source
    },
    instancesOf: () => order.instances,
    fullRefresh: order.fullRefresh ?? false,
    ignoreRefreshAfter: true,
  })
  const abort = new AbortController()
  const beforeMb = process.memoryUsage().rss / 1024 / 1024
  const startedAt = performance.now()
  let firstPageAt = 0
  const counts: { readonly [name: string]: number } = await execute(stepOf(order.job, order.connector), {
    runId: 'bench',
    target,
    emit: ({ kind }) => {
      if (kind !== 'step_progress' || firstPageAt > 0) return
      firstPageAt = performance.now()
      if (order.firstPageOnly === true) abort.abort()
    },
    signal: abort.signal,
    clock: () => new Date(),
  }).then(
    (outcome) => {
      if (outcome.status !== 'success')
        throw new Error(`the landing ended ${outcome.status}: ${outcome.message}`)
      return { ...outcome.counts }
    },
    (error: unknown) => {
      if (abort.signal.aborted) return {}
      throw error
    },
  )
  const endedAt = order.firstPageOnly === true ? firstPageAt : performance.now()
  await (source as TableSource | null)?.close()
  await database.close()
  process.send!({ milliseconds: endedAt - startedAt, counts, beforeMb, peakMb: peakMb() } satisfies Landed)
  process.disconnect()
})
