import type { Diagnostic, Emit, Plan, RunResult } from '@strata/core'

/** Where a reporter writes, and what that place can show. */
export interface Terminal {
  /** Results. */
  out(text: string): void
  /** Progress and logs. */
  err(text: string): void
  /** Both streams end at a terminal that can redraw lines. */
  readonly interactive: boolean
  /** Results end at a terminal, whose lines have a width. */
  readonly outIsTerminal: boolean
  readonly color: boolean
  /** Columns of the terminal; 80 where it is not known. */
  readonly columns: number
  /** How the user calls us, for the commands that hints name. Default: `models`. */
  readonly commandName?: string
}

export interface RunHeading {
  readonly version: string
  readonly project: string
  readonly target: string
  readonly database: string
  /** Something worth knowing before the run starts, such as where simulated data comes from. */
  readonly notes: readonly string[]
}

/** Renders a run as it happens. One of: live on a terminal, plain lines in a pipe, JSON events. */
export interface Reporter {
  start(heading: RunHeading, plan: Plan): void
  readonly emit: Emit
  finish(result: RunResult, next: readonly { readonly command: string; readonly purpose: string }[]): void
  diagnostics(diagnostics: readonly Diagnostic[]): void
}
