import { hash } from 'node:crypto'
import type { Node } from '../node.ts'

/** Relative to the folder of its package. */
export function originalPath(file: string): string {
  return file.replace(/^dbt_packages\/[^/]+\//, '')
}

/** Relative to `models/`, `seeds/` …, as dbt has it. */
export function pathBelowFolder(file: string): string {
  return originalPath(file).replace(/^[^/]+\//, '')
}

/** Where the finished SELECT is written, relative to the project. */
export function compiledPath(node: Extract<Node, { readonly select: unknown }>): string {
  const file = originalPath(node.location.file).replace(/\.ts$/, '.sql')
  const place = `target/compiled/${node.packageName}/${file}`
  return node.kind === 'data_test' && node.test === 'generic'
    ? `${place}/${fileNameOf(node.name)}.sql`
    : place
}

/** As dbt names the files of generic tests: a long name is cut, and a digest of the whole tells it from others. */
export function fileNameOf(name: string): string {
  return name.length < 64 ? name : `${name.slice(0, 30)}_${hash('md5', name)}`
}
