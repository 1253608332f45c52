import { createHash } from 'node:crypto'
import type { SourceText } from '../project/project-file.ts'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import type { CompileSettings } from '../resolve/render-scope.ts'

/** Raised when what is kept changes its meaning. */
const format = 5

/** Digest of all that a graph is made of, but for the texts of its models, environment variables and flags. */
export function keptGraphKey(sources: ProjectSources, settings: CompileSettings): string {
  const hash = createHash('md5')
  const put = (value: unknown) => hash.update(JSON.stringify(value) ?? '').update('\n')
  const putTexts = (files: readonly SourceText[]) => {
    hash.update(`${files.length}\n`)
    for (const { path, text } of files) hash.update(`${path}\n${text.length}\n`).update(text)
  }
  const putPackage = (one: PackageSources) => {
    put([one.project, one.projectText, one.folder, one.seeds, one.models.map(({ path }) => path)])
    for (const files of [
      one.macros,
      one.tests,
      one.snapshots,
      one.analyses,
      one.properties,
      one.docs,
      one.fixtures,
    ])
      putTexts(files)
  }
  const { version, target, vars, fullRefresh, storeFailures, connection } = settings
  put([format, version, target, vars, fullRefresh, storeFailures, connection, sources.diagnostics])
  putPackage(sources)
  put(sources.packages.length)
  for (const one of sources.packages) putPackage(one)
  putTexts(sources.builtin)
  putTexts(sources.selectors === null ? [] : [sources.selectors])
  return hash.digest('base64url')
}
