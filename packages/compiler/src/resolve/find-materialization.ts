import type { Diagnostic, Location } from '@strata/core'
import type { SourceText } from '../project/project-file.ts'
import type { ProjectSources } from '../read-project.ts'
import { locate } from '../template/index.ts'

/** Where a macro file defines a materialization of that name, the project's own files first; null: none does. */
export function findMaterialization(sources: ProjectSources, name: string): Location | null {
  const blocks = [sources, ...sources.packages].flatMap(({ macros }) => macros.flatMap(blocksOf))
  return blocks.find((block) => block.name === name)?.location ?? null
}

const ofStrata = new Set(['view', 'table', 'incremental', 'materialized_view', 'seed', 'snapshot', 'test'])

/** Warns of blocks of the project that would take the place of Strata's own way to build, as they do in dbt. */
export function ignoredMaterializations({ macros }: ProjectSources): readonly Diagnostic[] {
  return macros.flatMap(blocksOf).flatMap(({ name, adapter, location }): Diagnostic[] =>
    ofStrata.has(name) && (adapter === null || adapter === 'postgres')
      ? [
          {
            code: 'UNSUPPORTED_MATERIALIZATION',
            severity: 'warning',
            message: `the materialization "${name}" of the project is read and not used: Strata has its own`,
            hint: 'Remove the block, and write what it does beside building into pre_hook and post_hook.',
            location,
          },
        ]
      : [],
  )
}

interface Block {
  readonly name: string
  /** The database that it is for; null: any. */
  readonly adapter: string | null
  readonly location: Location
}

/** By its opening tags alone: most files hold none, and are parsed when one of their macros is called. */
function blocksOf({ path, text }: SourceText): readonly Block[] {
  if (!text.includes('materialization')) return []
  const code = text.replace(/\{#[\s\S]*?#\}/g, (comment) => comment.replace(/[^\n]/g, ' '))
  return Array.from(
    code.matchAll(/\{%[-+]?\s*materialization\s+([A-Za-z_]\w*)([^%]*)/g),
    ({ index, 1: name, 2: options }) => ({
      name: name!,
      adapter: /adapter\s*=\s*['"](\w+)/.exec(options!)?.[1] ?? null,
      location: locate({ file: path, text }, index),
    }),
  )
}
