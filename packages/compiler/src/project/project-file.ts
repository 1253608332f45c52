import type { Json, Location } from '@strata/core'
import type { LintSettings } from './lint-settings.ts'

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

/** A tree of configuration by package and folder, as written. */
export interface ConfigTree {
  readonly [key: string]: Json
}

export interface DispatchEntry {
  readonly macroNamespace: string
  /** Names of packages, the first that has the macro wins. */
  readonly searchOrder: readonly string[]
}

/** Which parts of a relation's name are quoted; a string is a template; null: not said. */
export interface Quoting {
  readonly database: boolean | string | null
  readonly schema: boolean | string | null
  readonly identifier: boolean | string | null
}

/** The trees of configuration that a project file may hold. */
export type ConfigTreeName =
  | 'models'
  | 'seeds'
  | 'snapshots'
  | 'sources'
  | 'analyses'
  | 'dataTests'
  | 'unitTests'
  | 'exposures'

/** A key of the project file and what is written there. */
export interface ProjectPlace {
  readonly key: Location
  readonly value: Location
}

/** SQL around a run, as written. */
export interface ProjectHook {
  readonly template: string
  readonly location: Location
}

/** What `strata.yml` (or `dbt_project.yml`) says. Texts may hold templates. */
export interface ProjectFile {
  readonly path: string
  readonly name: string
  readonly version: string | null
  readonly profile: string | null
  readonly requireDbtVersion: readonly string[]
  readonly modelPaths: readonly string[]
  readonly sourcePaths: readonly string[]
  readonly seedPaths: readonly string[]
  readonly snapshotPaths: readonly string[]
  readonly analysisPaths: readonly string[]
  readonly macroPaths: readonly string[]
  /** Generic tests are looked for in their folders `generic`, fixtures in `fixtures`. */
  readonly testPaths: readonly string[]
  /** Where docs blocks are looked for: by default every other path. */
  readonly docsPaths: readonly string[]
  readonly assetPaths: readonly string[]
  readonly targetPath: string
  readonly logPath: string
  readonly packagesInstallPath: string
  readonly cleanTargets: readonly string[]
  readonly vars: { readonly [name: string]: Json }
  readonly models: ConfigTree
  readonly seeds: ConfigTree
  readonly snapshots: ConfigTree
  readonly sources: ConfigTree
  readonly analyses: ConfigTree
  /** Of `data_tests:` and its old name `tests:`. */
  readonly dataTests: ConfigTree
  readonly unitTests: ConfigTree
  readonly exposures: ConfigTree
  readonly dispatch: readonly DispatchEntry[]
  readonly onRunStart: readonly ProjectHook[]
  readonly onRunEnd: readonly ProjectHook[]
  readonly quoting: Quoting
  /** Null: not said. A mapping holds `comment` and `append`. */
  readonly queryComment: Json
  /** A string is a template. */
  readonly restrictAccess: boolean | string
  readonly flags: { readonly [name: string]: Json }
  /** Environment variables that templates may read, besides those that begin with `DBT_` or `STRATA_`. */
  readonly environment: readonly string[]
  readonly landingSchema: string
  readonly lint: LintSettings
  readonly targets: { readonly [name: string]: TargetDeclaration }
  /** Where a path below one of the trees stands, or the nearest parent of it that exists. */
  readonly placeInTree: (tree: ConfigTreeName, path: readonly (string | number)[]) => ProjectPlace
}
