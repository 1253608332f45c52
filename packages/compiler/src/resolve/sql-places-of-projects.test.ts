import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileFiles, type Files } from '../testing/compile-files.ts'
import { type SelectForm, textOf } from './sql-places.ts'

const root = join(import.meta.dirname, '../../../..')
const projects = ['.', ...readdirSync(join(root, 'e2e/fixtures')).map((name) => `e2e/fixtures/${name}`)]

/** All of them take a minute; another share of them comes up with each edit of the project. */
const oneIn = 13

function filesOf(project: string): Files {
  const folder = join(root, project)
  const wanted = /^(?:models|macros|sources|tests|snapshots|seeds|analyses|dbt_packages)\/|^[^/]+\.yml$/
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => wanted.test(path) && /\.(?:sql|ya?ml|csv|md)$/.test(path))
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
}

describe.each(projects)('each word of the SQL of %s', (project) => {
  it('stands in the file where its place is said to be exact', () => {
    const files = filesOf(project)
    const lines = new Map<string, readonly string[][]>()
    const charactersOf = (file: string) => {
      const known = lines.get(file) ?? files[file]!.split(/\r\n|\r|\n/).map((line) => [...line])
      lines.set(file, known)
      return known
    }
    const { graph, places } = compileFiles(files)
    const wrong: string[] = []
    let words = 0
    let exact = 0
    let all = 0
    for (const node of graph.nodes) {
      // What most of a project's many tests are made of is not in a file of theirs.
      if (!('select' in node) || (node.kind === 'data_test' && node.test === 'generic')) continue
      for (const form of ['full', 'increment'] satisfies SelectForm[]) {
        const text = textOf(node.select, form) ?? ''
        for (const { 0: word, index } of text.matchAll(/[\w$]+/g)) {
          if (words++ % oneIn !== 0) continue
          // A word may be put together of several parts.
          for (const offset of new Set([0, word.length - 1])) {
            const place = places.locate(node.id, form, index + offset)
            all++
            if (place === null || !place.exact) continue
            exact++
            const { file, line, column } = place.location
            if (charactersOf(file)[line - 1]?.[column - 1] !== word[offset])
              wrong.push(`${word} of ${node.id}: ${file}:${line}:${column}`)
          }
        }
      }
    }
    expect(wrong).toEqual([])
    if (all > 0) expect(exact / all).toBeGreaterThan(0.3)
  })
})
