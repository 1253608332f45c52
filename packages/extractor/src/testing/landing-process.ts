import type { EndpointJob, Instance } from '@strata/core'
import { connect } from '@strata/postgres'
import { createJobExecutor } from '../index.ts'
import { connector, landingTarget, stepOf } from './landing-fixture.ts'

/** What the program is told, as JSON. */
export interface LandingOrder {
  readonly url: string
  readonly job: EndpointJob
  readonly instance: Instance
  /** It kills itself when so many pages have landed. */
  readonly pages: number
}

/* Lands a job, and kills itself on the way. Ends with 0 when it came to the end. */
const order = JSON.parse(process.argv[2]!) as LandingOrder
const database = await connect({ url: order.url, applicationName: 'dying', maxConnections: 4 })
let pages = 0
await createJobExecutor({ database, instancesOf: () => [order.instance] })(stepOf(order.job, connector()), {
  runId: 'fedcba9876543210',
  target: landingTarget,
  emit: ({ kind }) => {
    if (kind === 'step_progress') pages += 1
    if (pages === order.pages) process.kill(process.pid, 'SIGKILL')
  },
  signal: new AbortController().signal,
  clock: () => new Date(),
})
await database.close()
