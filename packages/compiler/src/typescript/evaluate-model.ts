import { createRequire } from 'node:module'
import { join } from 'node:path'
import { format } from 'node:util'
import { compileFunction } from 'node:vm'
import type { Diagnostic, Location } from '@strata/core'
import * as sqlTemplateTag from 'sql-template-tag'
import type { SourceText } from '../project/project-file.ts'
import type { BundledModel } from './bundle-models.ts'
import { describeThrown } from './describe-thrown.ts'
import { sourcePlaces } from './source-places.ts'
import type { TypeScriptModel } from './typescript-model.ts'

/** Runs the script of a model for what it exports. Null when that fails; the diagnostics say where. */
export function evaluateModel(
  directory: string,
  file: SourceText,
  { code, map, inputs, checksum }: BundledModel,
): { readonly model: TypeScriptModel | null; readonly diagnostics: readonly Diagnostic[] } {
  const scriptName = `strata:${file.path}`
  const locate = sourcePlaces(directory, scriptName, map)
  const queryLocation = placeOf(file, /^[ \t]*export\s+(default\b|\{[^}]*\bas\s+default\b)/m)
  const fail = (complaint: string, hint: string, location: Location) => ({
    model: null,
    diagnostics: [
      { code: 'TYPESCRIPT_MODEL', severity: 'error' as const, message: complaint, hint, location },
    ],
  })

  const early: string[] = []
  const output = { write: (message: string) => void early.push(message) }
  const script = { exports: {} as { readonly default?: unknown; readonly config?: unknown } }
  try {
    const evaluate = compileFunction(code, ['exports', 'module', 'require', 'console'], {
      filename: scriptName,
    }) as (...given: readonly unknown[]) => void
    const required = createRequire(join(directory, file.path))
    const find = (id: string): unknown => (id === 'sql-template-tag' ? tagModule : required(id))
    evaluate(script.exports, script, find, consoleOf(output))
  } catch (error) {
    return fail(
      `the code of the model threw ${describeThrown(error)}`,
      'Correct the code; it runs whenever the project is compiled.',
      locate(error) ?? queryLocation,
    )
  }

  const { default: query, config } = script.exports
  if (typeof query !== 'function') {
    return fail(
      query === undefined ? 'the file exports no query' : 'the default export of the file is no function',
      'Write `export default ({ ref, sql }) => sql`…``; modules that models share belong outside of the model folders.',
      queryLocation,
    )
  }
  const [own, ...others] = [file.path, ...inputs.filter((input) => input !== file.path).sort()]
  return {
    model: {
      kind: 'typescript',
      query: query as TypeScriptModel['query'],
      config,
      queryLocation,
      configLocation: placeOf(file, /^[ \t]*export\s+const\s+config\b/m),
      dependencies: [own!, ...others],
      checksum,
      locate,
      output,
    },
    diagnostics: [],
  }
}

/** As a bundler's interop expects a module that has a default export. */
const tagModule = { ...sqlTemplateTag, __esModule: true }

/** Standard output belongs to the command: what a model writes is a message about it. */
function consoleOf(output: TypeScriptModel['output']): Console {
  const write = (...parts: readonly unknown[]) => output.write(format(...parts))
  return Object.assign(Object.create(console) as Console, {
    log: write,
    info: write,
    debug: write,
    warn: write,
    error: write,
    trace: write,
    dir: write,
    table: write,
  })
}

function placeOf({ path, text }: SourceText, pattern: RegExp): Location {
  const found = pattern.exec(text)
  if (found === null) return { file: path, line: 1, column: 1 }
  const start = found.index + (found[0].length - found[0].trimStart().length)
  const before = text.slice(0, start).split(/\r\n|\r|\n/)
  return { file: path, line: before.length, column: [...before.at(-1)!].length + 1 }
}
