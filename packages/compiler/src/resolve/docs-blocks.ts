import type { Diagnostic, DocsBlock, Location } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { ProjectSources } from '../read-project.ts'
import { collectMacros, locate, parseTemplate, TemplateError } from '../template/index.ts'

/** The texts of `{% docs %}` blocks. */
export interface DocsBlocks {
  readonly diagnostics: readonly Diagnostic[]
  readonly all: readonly DocsBlock[]
  /** The block as seen from a package: its own, then the project's, then any. Throws `TemplateError`. */
  find(viewer: string, packageName: string | null, name: string): string
}

export function collectDocs(sources: ProjectSources): DocsBlocks {
  const diagnostics: Diagnostic[] = []
  const blocks = new Map<string, string>()
  const all: DocsBlock[] = []
  const places = new Map<string, Location>()
  const packages = [...sources.packages, sources]
  for (const { project, docs } of packages) {
    for (const file of docs) {
      if (!/\{%[-+]?\s*docs\b/.test(file.text)) continue
      const { template, diagnostics: complaints } = parseTemplate(file.text, file.path)
      diagnostics.push(...complaints)
      if (template === null) continue
      for (const block of collectMacros(template)) {
        if (block.tag !== 'docs') continue
        const key = `${project.name}.${block.name}`
        const location = locate({ file: file.path, text: file.text }, block.at, block.at)
        const first = places.get(key)
        places.set(key, first ?? location)
        if (first !== undefined) {
          diagnostics.push({
            code: 'DUPLICATE_NAME',
            severity: 'error',
            message: `two docs blocks are named "${block.name}"`,
            hint: 'Rename one of them.',
            location,
            related: [{ message: 'the other one is here', location: first }],
          })
        }
        const text = file.text.slice(block.bodyAt, block.bodyEnd).trim()
        blocks.set(key, text)
        all.push({ name: block.name, packageName: project.name, file: file.path, text })
      }
    }
  }
  return {
    diagnostics,
    all,
    find(viewer, packageName, name) {
      const places =
        packageName !== null
          ? [packageName]
          : [viewer, sources.project.name, ...packages.map((one) => one.project.name)]
      for (const place of places) {
        const text = blocks.get(`${place}.${name}`)
        if (text !== undefined) return text
      }
      throw new TemplateError(`there is no docs block "${name}"`, {
        code: 'UNKNOWN_DOCS',
        hint:
          didYouMean(
            name,
            [...blocks.keys()].map((key) => key.slice(key.indexOf('.') + 1)),
          ) ?? `Write {% docs ${name} %} … {% enddocs %} in a .md file of the project.`,
      })
    },
  }
}
