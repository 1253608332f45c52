import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notRun } from './docs/not-run.ts'
import { createPageProject, type PageProject } from './docs/page-project.ts'
import { type PageCommand, readPage } from './docs/read-page.ts'
import { missingLine } from './docs/shows.ts'
import { unknownWords } from './docs/unknown-words.ts'
import { repository } from './run-models.ts'

const docs = join(repository, 'docs')

const pages = [
  { name: 'README', file: 'README.md' },
  ...readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .sort()
    .map((path) => ({ name: path.replace(/\.md$/, ''), file: join('docs', path) })),
].map(({ name, file }) => {
  const text = readFileSync(join(repository, file), 'utf8')
  const reason = notRun[name]
  const items = readPage(text).map((one) =>
    one.kind === 'command' && reason !== undefined ? { ...one, notRun: reason } : one,
  )
  return {
    name,
    file,
    text,
    items,
    commands: items.filter((one): one is PageCommand => one.kind === 'command'),
  }
})

const carriedOut = pages.filter(({ commands }) => commands.some(({ notRun }) => notRun === null))

/** Two projects share the work; the pages with the most commands are dealt out first. */
const hands = [0, 1].map((hand) =>
  [...carriedOut]
    .sort((one, other) => other.commands.length - one.commands.length)
    .filter((_page, index) => (index % 4 === 0 || index % 4 === 3 ? 0 : 1) === hand),
)

describe.concurrent('the commands of the documentation', () => {
  describe.each(hands.map((dealt, hand) => ({ hand, dealt })))('in project $hand', ({ dealt }) => {
    describe.sequential('one page after the other', () => {
      let project: PageProject
      beforeAll(() => {
        project = createPageProject()
      })
      afterAll(() => project.remove())

      test.each(dealt)(
        '$file does what it says',
        async ({ name, items }) => {
          expect((await project.carryOut(name, items)).join('\n\n')).toBe('')
        },
        900_000,
      )
    })
  })
})

describe('the pages', () => {
  test('tell few commands that are not run, each with its reason', () => {
    const commands = pages.flatMap(({ file, commands }) => commands.map((one) => ({ file, ...one })))
    const left = commands.filter((one) => one.notRun !== null)
    const reasons = [...new Set(left.map((one) => `${one.file}: ${one.notRun}`))]
    console.info(
      `${commands.length} commands in ${carriedOut.length} pages; ${left.length} are not run:\n  ${reasons.join('\n  ')}`,
    )
    for (const one of left) expect(one.notRun, `${one.file}:${one.line}`).toMatch(/\w+ \w+/)
    expect(left.length).toBeLessThan(commands.length / 4)
  })

  test('name no command and no option that is not there', () => {
    const wrong = pages.flatMap(({ file, text }) =>
      [...text.matchAll(/`(?:pnpm (?:-s )?)?(models [a-z][^`]*)`/g)]
        .map(([, call]) => ({ call, unknown: unknownWords(call!) }))
        .filter(({ unknown }) => unknown.length > 0)
        .map(({ call, unknown }) => `${file}: \`${call}\`: ${unknown.join(', ')}`),
    )
    expect(wrong).toEqual([])
  })

  test('link to files and headings that are there', () => {
    const wrong = pages.flatMap(({ file, text }) =>
      [...text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, link]) => link!)
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => !leads(file, link))
        .map((link) => `${file}: ${link}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('what is compared with the output', () => {
  test('may have other figures, times and widths, and lines between', () => {
    const shown = ['✓ model silver.patients   2,000 rows   0.1s  first build', 'Done in 0.4s: 2 steps, …']
    const output =
      '✓ model silver.patients 17 rows  1m 02s  first build\nlanded\nDone in 12s: 2 steps, 2 succeeded.\n'
    expect(missingLine(shown, output)).toBeNull()
  })

  test('must have the same words in the same order', () => {
    expect(missingLine(['first build'], 'second build')).toBe('first build')
    expect(missingLine(['one', 'two'], 'two\none')).toBe('two')
  })
})

function leads(from: string, link: string): boolean {
  const [path, heading] = link.split('#')
  const target = path === '' ? from : relative('.', join(from, '..', path!))
  if (!existsSync(join(repository, target))) return false
  if (heading === undefined || !target.endsWith('.md')) return true
  const headings = readFileSync(join(repository, target), 'utf8').matchAll(/^#+ (.+)$/gm)
  return [...headings].some(([, title]) => anchor(title!) === heading)
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
