import type { Clock } from '@strata/core'
import type { Environment } from './configuration/environment.ts'
import type { Terminal } from './reporters/reporter.ts'

/** All that a command gets from the process it runs in. Only `main` makes one. */
export interface Invocation {
  readonly terminal: Terminal
  readonly stderr: NodeJS.WriteStream
  readonly workingDirectory: string
  readonly processEnvironment: Environment
  readonly clock: Clock
  /** Fires on Ctrl-C. */
  readonly signal: AbortSignal
  readonly version: string
  /** How the user called us, for the commands that we suggest: `models`, `pnpm models`. */
  readonly commandName: string
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly projectDir?: string
  readonly target: string
  readonly vars?: string
  readonly threads?: number
  readonly quiet?: boolean
  readonly json?: boolean
}

/** Options of commands that work on a selection. */
export interface SelectionOptions extends CommonOptions {
  readonly select?: readonly string[]
  readonly exclude?: readonly string[]
  readonly selector?: string
  readonly indirectSelection?: string
  readonly resourceType?: readonly string[]
  readonly excludeResourceType?: readonly string[]
  /** A folder with the artifacts of an earlier run; `db:<target>`: what the database keeps of a target. */
  readonly state?: string
  /** References to what is neither selected nor built lead to where the state has it. */
  readonly defer?: boolean
  /** With `defer`: also to what is built. */
  readonly favorState?: boolean
}

export const exitCodes = { success: 0, failed: 1, unusable: 2, interrupted: 130 } as const
