import type { Json } from '@strata/core'

/** The text of one project file. */
export interface SourceText {
  /** Relative to the project directory, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** A target as the project file declares it; every key is optional there. */
export interface TargetDeclaration {
  /** Environment variable that holds the connection URL; unset: `DATABASE_URL`. */
  readonly databaseUrlEnv: string | null
  /** May hold a template, such as `dev_{{ env_var('USER') }}_`. */
  readonly prefix: string | null
  readonly schema: string | null
  readonly landingSchema: string | null
  readonly extract: boolean | null
  readonly threads: number | null
}

/** What `strata.yml` (or `dbt_project.yml`) says. */
export interface ProjectFile {
  readonly path: string
  readonly name: string
  readonly modelPaths: readonly string[]
  readonly sourcePaths: readonly string[]
  readonly macroPaths: readonly string[]
  readonly testPaths: readonly string[]
  readonly vars: { readonly [name: string]: Json }
  /** The `models:` tree of `+config`, as written. */
  readonly models: { readonly [key: string]: Json }
  readonly sources: { readonly [key: string]: Json }
  readonly dataTests: { readonly [key: string]: Json }
  /** Environment variables that templates may read, besides those that begin with `DBT_` or `STRATA_`. */
  readonly environment: readonly string[]
  readonly landingSchema: string
  readonly targets: { readonly [name: string]: TargetDeclaration }
}
