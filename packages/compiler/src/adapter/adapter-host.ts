import type { Answer, Location, Target } from '@strata/core'
import type { HostArguments, Value } from '../template/index.ts'

/** What `adapter`, `api` and the result functions need of the render that they serve. */
export interface AdapterHost {
  /** False while files are only read: then methods give dbt's stand-ins and ask nothing. */
  readonly execute: boolean
  readonly target: Target
  /** Asks the database. What it throws where there is no answer yet passes through untouched. */
  ask(sql: string): Answer
  /** `adapter.dispatch()`: the macro for a name, in a namespace or (null) everywhere. */
  dispatch(name: string, packageName: string | null, args: HostArguments): Value
  /** What is found in the database prints its database as well. */
  readonly wholeNames?: boolean
  /** Whether a behaviour flag of dbt is on: `enable_truthy_nulls_equals_macro`. Default: none is. */
  behavior?(name: string): boolean
  /** Takes what `print_table()` and its like write. Default: nothing is shown. */
  print?(text: string): void
  /** Takes a remark about a call that had no effect. */
  note?(message: string, location: Location): void
}

/** The name of the database; asked for where the target does not say it, and empty while nothing may be asked. */
export function databaseName(host: AdapterHost): string {
  if (host.target.database !== '' || !host.execute) return host.target.database
  return String(host.ask('select current_database()').rows[0]?.[0] ?? '')
}
