import { type Diagnostic, deepFreeze, type Json } from '@strata/core'
import type { z } from 'zod'
import type { ProjectFile, SourceText, TargetDeclaration } from './project-file.ts'
import { projectSchema } from './project-schema.ts'
import { validate } from './validate.ts'
import { parseYaml } from './yaml-document.ts'

/** Reads the project file. With errors in it, what it returns is a bare project that lets the other files be checked. */
export function parseProjectFile(source: SourceText): {
  readonly project: ProjectFile
  readonly diagnostics: readonly Diagnostic[]
} {
  const { document, diagnostics: syntax } = parseYaml(source)
  if (document === null) return { project: bareProject(source.path), diagnostics: syntax }
  const { value, diagnostics } = validate(document, projectSchema, document.value ?? {})
  const project = value === null ? bareProject(source.path) : fromSchema(source.path, value)
  return { project, diagnostics: [...syntax, ...diagnostics] }
}

function bareProject(path: string): ProjectFile {
  return fromSchema(path, projectSchema.parse({ name: 'project' }))
}

function fromSchema(path: string, value: z.output<typeof projectSchema>): ProjectFile {
  const tree = (branch: unknown) => (branch ?? {}) as { readonly [key: string]: Json }
  return deepFreeze({
    path,
    name: value.name,
    modelPaths: value['model-paths'],
    sourcePaths: value['source-paths'],
    macroPaths: value['macro-paths'],
    testPaths: value['test-paths'],
    vars: tree(value.vars),
    models: tree(value.models),
    sources: tree(value.sources),
    dataTests: { ...tree(value.tests), ...tree(value.data_tests) },
    environment: value.environment,
    landingSchema: value['landing-schema'],
    targets: Object.fromEntries(
      Object.entries(value.targets).map(([name, target]): [string, TargetDeclaration] => [
        name,
        {
          databaseUrlEnv: target.database_url_env ?? null,
          prefix: target.prefix ?? null,
          schema: target.schema ?? null,
          landingSchema: target.landing_schema ?? null,
          extract: target.extract ?? null,
          threads: target.threads ?? null,
        },
      ]),
    ),
  })
}
