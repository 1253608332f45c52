import type { DatabaseConnector, Instance, TableJob } from '@strata/core'
import { connect } from '@strata/postgres'
import { openMysqlSource } from '../table/mysql/open-mysql-source.ts'
import { prepareTableLanding } from './table-landing.ts'

/** What the program is told, as JSON. */
export interface TableLandingOrder {
  readonly url: string
  readonly job: TableJob
  readonly connector: DatabaseConnector
  readonly instance: Instance
  /** It kills itself when so many chunks have landed. */
  readonly chunks: number
}

/* Lands a table, and kills itself on the way. Ends with 0 when it came to the end. */
const order = JSON.parse(process.argv[2]!) as TableLandingOrder
const { job, connector, instance } = order
const database = await connect({ url: order.url, applicationName: 'dying', maxConnections: 4 })
const source = openMysqlSource(connector, instance)
let chunks = 0
const onPage = () => {
  chunks += 1
  if (chunks === order.chunks) process.kill(process.pid, 'SIGKILL')
}
const landing = await prepareTableLanding(database, [job], connector, instance, source, ({ kind }) => {
  if (kind === 'step_progress') onPage()
})
await landing.land(job)
await source.close()
await database.close()
