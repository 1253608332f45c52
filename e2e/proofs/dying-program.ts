import { connect } from '../../packages/postgres/src/connect.ts'
import { executeStep, type ProofStep } from './execute-step.ts'
import { type Moment, watchDatabase } from './watched-database.ts'

/** What the program is told, as JSON. */
export interface DyingOrder {
  readonly url: string
  readonly step: ProofStep
  readonly files: { readonly [file: string]: string }
  readonly death: Pick<Moment, 'at' | 'when'>
}

/*
 * Performs one step, and kills itself at the moment that it is told. Ends with 0 when that moment never came, with 1
 * and the error when the step failed before.
 */
const order = JSON.parse(process.argv[2]!) as DyingOrder
const database = await connect({ url: order.url, applicationName: 'dying', maxConnections: 4 })
const watched = watchDatabase(database, ({ at, when }) => {
  if (at === order.death.at && when === order.death.when) process.kill(process.pid, 'SIGKILL')
})
await executeStep(watched, order.step, { files: order.files })
await database.close()
