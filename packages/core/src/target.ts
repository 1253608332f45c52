/** What a lookup of an environment variable gives for a name that is not for templates. No variable holds it: NUL ends a value. */
export const forbiddenVariable = '\0forbidden'

/** A named database and schema prefix. */
export interface Target {
  readonly name: string
  /** Name of the database, for templates that write it down; empty where it is not known before connecting. */
  readonly database: string
  /** Put before the schema of every relation that we build: `''`, `dev_ada_`, `ci_17_`. */
  readonly prefix: string
  /** Schema of models that name none. */
  readonly defaultSchema: string
  /** Where bronze lives. */
  readonly landingSchema: string
  /** Whether `run` lands the jobs that a selection reaches. */
  readonly extract: boolean
  readonly threads: number
}
