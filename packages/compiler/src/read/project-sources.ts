import type { Diagnostic } from '@strata/core'
import type { ProjectFile, SourceText } from '../project/project-file.ts'
import type { ModelSource } from '../typescript/index.ts'

/** A CSV file of a seed path: it is read when it is loaded, here it is only known. */
export interface SeedFile {
  /** Relative to the project directory. */
  readonly path: string
  /** sha256 of its bytes, in hex. */
  readonly checksum: string
  /** Reads it again, for unit tests that give it whole. */
  readonly read: () => string
}

/** Every text of one package. Paths are relative to the project directory, with forward slashes, sorted. */
export interface PackageSources {
  readonly project: ProjectFile
  /** The text of the project file. */
  readonly projectText: string
  /** Before the package's own paths: `''` for the project itself, `dbt_packages/dbt_utils/`. */
  readonly folder: string
  readonly models: readonly ModelSource[]
  readonly macros: readonly SourceText[]
  /** Singular tests, and files of generic tests. */
  readonly tests: readonly SourceText[]
  readonly snapshots: readonly SourceText[]
  readonly analyses: readonly SourceText[]
  readonly seeds: readonly SeedFile[]
  /** Rows of unit tests, as CSV or SQL. */
  readonly fixtures: readonly SourceText[]
  /** YAML files below all of these paths. */
  readonly properties: readonly SourceText[]
  /** Markdown files with docs blocks. */
  readonly docs: readonly SourceText[]
}

export interface ProjectSources extends PackageSources {
  readonly directory: string
  /** The installed packages, by folder name. */
  readonly packages: readonly PackageSources[]
  /** The macros that every project has. */
  readonly builtin: readonly SourceText[]
  /** `selectors.yml`; null: there is none. */
  readonly selectors: SourceText | null
  /** Complaints about project files and about files that cannot be read as text. */
  readonly diagnostics: readonly Diagnostic[]
}
