import type { ApiConnector, EndpointJob, Instance } from '@strata/core'
import { connect } from '@strata/postgres'
import { createJobExecutor } from '../index.ts'
import { connector, impatient, landingTarget, stepOf } from './landing-fixture.ts'

/** What the program is told, as JSON. */
export interface LandingOrder {
  readonly url: string
  readonly job: EndpointJob
  readonly instances: readonly Instance[]
  readonly connector?: ApiConnector
  /** It kills itself when so many records have landed. */
  readonly records: number
}

/* Lands a job, and kills itself on the way. Ends well when it came to the end. */
const order = JSON.parse(process.argv[2]!) as LandingOrder
const database = await connect({ url: order.url, applicationName: 'dying', maxConnections: 6 })
const executor = createJobExecutor({ database, instancesOf: () => order.instances, retryPolicy: impatient })
try {
  await executor(stepOf(order.job, order.connector ?? connector()), {
    runId: 'fedcba9876543210',
    target: landingTarget,
    emit: (event) => {
      const fetched = event.kind === 'step_progress' ? (event.counts.fetched ?? 0) : 0
      if (fetched >= order.records) process.kill(process.pid, 'SIGKILL')
    },
    signal: new AbortController().signal,
    clock: () => new Date(),
  })
} catch {
  // What a source does wrong is in its run.
} finally {
  await database.close()
}
