import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Location } from '../packages/core/src/index.ts'
import { additions } from './broken-projects/additions.ts'
import { compileFolder, type Outcome } from './broken-projects/compile-folder.ts'
import { displayOutcome } from './broken-projects/display-outcome.ts'

const folder = fileURLToPath(new URL('broken-projects/', import.meta.url))
const projects = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()
const longest = 20_000

describe('a broken project', () => {
  let base: string
  beforeAll(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'strata-broken-')))
  })
  afterAll(() => rmSync(base, { recursive: true, force: true }))

  test.for(projects)('%s is told what its expected.txt says', async (name, context) => {
    const { prepare, line = {}, skip } = additions[topicOf(name)] ?? {}
    const reason = skip?.() ?? null
    if (reason !== null) context.skip(reason)
    const directory = join(base, name)
    cpSync(join(folder, name), directory, { recursive: true })
    rmSync(join(directory, 'expected.txt'), { force: true })
    prepare?.(directory)

    const outcome = await compileFolder(directory, line)
    const shown = displayOutcome(outcome, directory)
    const expected = join(folder, name, 'expected.txt')
    if (process.env['UPDATE_EXPECTED'] === '1') writeFileSync(expected, shown)
    expect(shown).toBe(existsSync(expected) ? readFileSync(expected, 'utf8') : 'no expected.txt')
    expect(faults(outcome, directory)).toEqual([])
  })

  test('stands for every addition', () => {
    const topics = projects.map(topicOf)
    expect(Object.keys(additions).filter((topic) => !topics.includes(topic))).toEqual([])
    expect(topics.length).toBe(new Set(topics).size)
  })
})

/** `017-source-typo` is about `source-typo`. */
function topicOf(name: string): string {
  return name.replace(/^\d+-/, '')
}

/** What is wrong with the complaints themselves, whatever they are about. */
function faults({ diagnostics, refusal, elapsed }: Outcome, directory: string): string[] {
  const said = refusal === null ? diagnostics : [...diagnostics, refusal]
  return [
    ...said
      // What a template raises is in its author's words.
      .filter(({ code, message }) => code !== 'RAISED' && /[.!]$/.test(message))
      .map(({ message }) => `ends like a sentence: ${message}`),
    ...said
      .filter(({ message, hint }) =>
        /(?<!is )undefined|\[object|NaN|Cannot read prop/.test(`${message} ${hint ?? ''}`),
      )
      .map(({ message }) => `speaks of our own affairs: ${message}`),
    ...said
      .filter(({ message, hint }) => message.length + (hint ?? '').length > 600)
      .map(({ message }) => `is too long: ${message.slice(0, 80)}`),
    ...diagnostics.flatMap(({ code, location, related = [] }) =>
      code === 'UNREADABLE_FILE'
        ? []
        : [location, ...related.map((one) => one.location)].flatMap((place) => misplaced(place, directory)),
    ),
    ...(elapsed > longest ? [`took ${Math.round(elapsed)} ms`] : []),
  ]
}

/** The place must be one that an editor can go to. */
function misplaced({ file, line, column }: Location, directory: string): string[] {
  if (file === '--inline') return []
  const at = `${file}:${line}:${column}`
  const path = join(directory, file)
  if (!existsSync(path)) return [`${at} is in no file`]
  const text = readFileSync(path, 'utf8').split(/\r\n|[\r\n]/)[line - 1]
  if (text === undefined) return [`${at} is behind the end of the file`]
  return column >= 1 && column <= [...text].length + 1 ? [] : [`${at} is behind the end of the line`]
}
