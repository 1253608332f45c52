import type { Json, RunArguments } from '@strata/core'
import type { EventSpanOptions } from './event-span.ts'
import type { SelectionOptions } from './invocation.ts'
import type { LandingWindowOptions } from './landing-window.ts'

/** Options of all commands that execute a plan. */
export interface ExecutionOptions extends SelectionOptions, EventSpanOptions, LandingWindowOptions {
  readonly fullRefresh?: boolean
  readonly allowEmpty?: boolean
  readonly takeOver?: boolean
  readonly failFast?: boolean
  readonly storeFailures?: boolean
  readonly extract?: boolean
  readonly simulate?: readonly string[]
  readonly instance?: readonly string[]
}

const names = {
  select: 'select',
  exclude: 'exclude',
  selector: 'selector',
  vars: 'vars',
  threads: 'threads',
  fullRefresh: 'full_refresh',
  allowEmpty: 'allow_empty',
  takeOver: 'take_over',
  eventTimeStart: 'event_time_start',
  eventTimeEnd: 'event_time_end',
  failFast: 'fail_fast',
  storeFailures: 'store_failures',
  extract: 'extract',
  simulate: 'simulate',
  instance: 'instance',
  since: 'since',
  until: 'until',
  state: 'state',
  defer: 'defer',
  favorState: 'favor_state',
} as const satisfies { readonly [option in keyof ExecutionOptions]?: string }

/** What was asked for, as it is kept with the run: names as dbt has them, without what was not given. */
export function runArguments(options: ExecutionOptions): RunArguments {
  return Object.fromEntries(
    Object.entries(names).flatMap(([option, name]) => {
      const value = options[option as keyof typeof names]
      return value === undefined ? [] : [[name, value as Json]]
    }),
  )
}

/** The options that were kept as arguments. */
export function optionsOf(kept: RunArguments): Partial<ExecutionOptions> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([option, name]) => {
      const value = kept[name] ?? null
      return value === null ? [] : [[option, value]]
    }),
  )
}
