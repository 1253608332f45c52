import type { Diagnostic, Location } from '@strata/core'
import type { SourceText } from '../project/project-file.ts'

/** A `.ts` model whose code has been loaded. */
export interface TypeScriptModel {
  readonly kind: 'typescript'
  /** The default export. */
  readonly query: (context: unknown) => unknown
  /** The export `config`, unchecked; undefined: there is none. */
  readonly config: unknown
  /** Where `export default` and `export const config` stand. */
  readonly queryLocation: Location
  readonly configLocation: Location
  /**
   * Every file whose text the query depends on, packages included: the model itself first, then the others, sorted;
   * relative to the project directory.
   */
  readonly dependencies: readonly string[]
  /** sha256 of the texts of all of them, in hex. */
  readonly checksum: string
  /** The innermost place of project code in the stack of an error; null: there is none. */
  readonly locate: (error: unknown) => Location | null
  /** Where what the code writes by `console` goes; it is changed for each call. */
  readonly output: { write: (message: string) => void }
}

/** A file of the model folders. */
export interface ModelSource extends SourceText {
  /** The loaded code of a `.ts` file; null: it could not be loaded, which has been complained of. */
  readonly typescript?: TypeScriptModel | null
}

/** What loading gives: the same files, with their code. */
export interface LoadedModels {
  readonly models: readonly ModelSource[]
  readonly diagnostics: readonly Diagnostic[]
}

export function isTypeScript(path: string): boolean {
  return path.endsWith('.ts')
}
