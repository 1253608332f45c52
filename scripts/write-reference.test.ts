import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandExamples } from '../packages/cli/src/command-examples.ts'
import { environmentVariables } from '../packages/cli/src/configuration/environment-variables.ts'
import { codeNotes } from './write-reference/code-notes.ts'
import { collectCodes } from './write-reference/collect-codes.ts'
import { filesBelow } from './write-reference/files-below.ts'
import { referencePages } from './write-reference/pages.ts'

const root = join(import.meta.dirname, '..')
const pages = referencePages(root)
const read = (path: string) => readFileSync(path, 'utf8')

describe('the reference in docs/', () => {
  it.each([...pages.keys()])('%s is what `npx tsx scripts/write-reference.ts` writes', (name) => {
    expect(read(join(root, 'docs/reference', name))).toBe(pages.get(name))
  })

  it('has no other pages', () => {
    expect(readdirSync(join(root, 'docs/reference')).sort()).toEqual([...pages.keys()].sort())
  })

  it('has every command, and an example of each', () => {
    const commands = [...pages.get('command-line.md')!.matchAll(/^## models (.+)$/gm)].map(([, name]) => name)
    expect(commands).toEqual(expect.arrayContaining(['run', 'source status', 'db']))
    expect(commands.filter((name) => commandExamples[name!] === undefined)).toEqual([])
    expect(Object.keys(commandExamples).filter((name) => !commands.includes(name))).toEqual([])
  })

  it('says of every key of project and selectors file what it means', () => {
    const page = pages.get('configuration.md')!
    expect(page.match(/^\| `.*\| \|$/gm) ?? []).toEqual([])
    expect(page).toContain('| `targets.‹name›.prefix` | text | | Put before the schema')
  })

  it('has the environment variables that the code reads, and no others', () => {
    const files = ['packages', 'e2e'].flatMap((folder) =>
      filesBelow(join(root, folder), (path) => /(?<!environment-variables)\.ts$/.test(path)),
    )
    const ofCode = files.filter((file) => !/\.test\.ts$|killed-install/.test(file))
    const found = ofCode.flatMap((file) =>
      [...read(file).matchAll(/\b(?:environment|env)\[\s*'([A-Za-z_]+)'\s*\]/g)].map(([, name]) => name!),
    )
    // Of the system, for what finds programs and folders.
    const ofTheSystem = new Set(['PATH', 'HOME', 'VITEST_POOL_ID'])
    const readByName = new Set(found.filter((name) => !ofTheSystem.has(name)))
    const named = new Set(environmentVariables.map(({ name }) => name))
    expect([...readByName].filter((name) => !named.has(name))).toEqual([])
    const gone = [...named].filter(
      (name) => !readByName.has(name) && !files.some((file) => read(file).includes(`'${name}`)),
    )
    expect(gone.filter((name) => name !== 'DATABASE_URL')).toEqual([])
  })
})

describe('the codes of errors', () => {
  const codes = new Set(collectCodes(root).map((site) => site.code))

  it('are found in thrown errors, in diagnostics, behind functions that complain and in tables', () => {
    for (const code of [
      'DATABASE_UNREACHABLE',
      'UNKNOWN_REF',
      'CONTRACT_WITHOUT_TYPE',
      'UNKNOWN_RELATION',
      'BAD_WINDOW',
      'TEMPLATE_VALUE',
      'SOURCE_QUOTA',
    ])
      expect(codes).toContain(code)
  })

  it('each say what has happened and what to do', () => {
    expect(pages.get('error-codes.md')!.match(/^\| `.*\| \|$/gm) ?? []).toEqual([])
    expect(pages.get('error-codes.md')!.match(/^\| `[^|]*\| \|.*$/gm) ?? []).toEqual([])
  })

  it('have words of the page only where the code has none', () => {
    expect(Object.keys(codeNotes).filter((code) => !codes.has(code))).toEqual([])
  })

  it('are those that other pages name', () => {
    const files = filesBelow(join(root, 'docs'), (path) => /(?<!reference\/.*)\.md$/.test(path))
    const named = [...files, join(root, 'README.md')].flatMap((file) =>
      [...read(file).matchAll(/`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)`/g)].map(([, name]) => name!),
    )
    const variables = new Set(environmentVariables.map(({ name }) => name))
    const ofProjects = /_(URL|KEY|TOKEN|ID)$|^(STRATA|ETL|CC|GHL|DBT)_/
    expect(
      [...new Set(named)].filter(
        (name) => !codes.has(name) && !variables.has(name) && !ofProjects.test(name),
      ),
    ).toEqual([])
  })
})
