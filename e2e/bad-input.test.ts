import { chmodSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase } from '../packages/postgres/src/testing/index.ts'
import { databaseContents } from './database-contents.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'

const deadUrl = 'postgresql://ada:s3cret-password@127.0.0.1:1/strata'

describe.concurrent('bad input', () => {
  describe('words that the command line does not know', () => {
    let project: ModelsProject
    beforeAll(() => {
      project = createModelsProject('clinic', { DATABASE_URL: deadUrl })
    })
    afterAll(() => project.remove())

    test.concurrent.for([
      ['an unknown command', ['rum'], 'Did you mean run?'],
      ['an unknown option', ['run', '--selct', 'patients'], 'Did you mean --select?'],
      ['a value that does not fit', ['run', '--threads', 'many'], 'must be a whole number above 0'],
      ['an unknown form of output', ['list', '--output', 'names'], 'name, path, json, selector'],
      ['an unknown action', ['db', 'halt'], 'The actions are start, stop, status, url and reset.'],
      ['an unknown target', ['run', '--target', 'prod'], 'The targets are default, dev, ci'],
      ['a selector that is nearly a name', ['run', '--select', '+pateints'], 'Did you mean "patients"'],
      ['an unknown selector method', ['list', '--select', 'tga:daily'], 'tag'],
      ['variables that are no YAML', ['run', '--vars', '{start: '], '--vars "{start: 2024-01-01'],
      ['variables that are no mapping', ['run', '--vars', '5'], '--vars "{start: 2024-01-01'],
    ] as const)('%s exits 2 with a remedy', async ([, words, remedy]) => {
      const outcome = await project.run(...words)
      expect(outcome).toMatchObject({ code: 2, stdout: '' })
      expect(outcome.stderr).toContain(remedy)
      expect(outcome.stderr, 'the database is not asked').not.toContain('DATABASE_UNREACHABLE')
      expect(outcome.stderr).not.toMatch(/This is a bug|\n {4}at /)
      expect(project.exists('target/manifest.json')).toBe(false)
    })

    test.concurrent('a folder without a project exits 2 and says what is looked for', async () => {
      const empty = createModelsProject('empty')
      const outcome = await empty.run('run')
      expect(outcome).toMatchObject({ code: 2, stdout: '' })
      expect(outcome.stderr).toMatch(
        /^Cannot start: no strata\.yml in .*\[NO_PROJECT\]\n {2}→ .*--project-dir/,
      )
      await empty.remove()
    })
  })

  describe.sequential('a project with mistakes of every kind', () => {
    let project: ModelsProject
    beforeAll(() => {
      project = createModelsProject('broken', { DATABASE_URL: deadUrl })
    })
    afterAll(() => project.remove())

    test('shows all of them at once with place, excerpt and hint, and touches no database', async () => {
      const outcome = await project.run('run')
      expect(outcome).toMatchObject({ code: 1, stdout: '' })
      const blocks = outcome.stderr.trimEnd().split(/\n\n/)
      const found = blocks.slice(0, -1).map((block) => /^error (\S+) \[(\w+)\]/.exec(block)?.slice(1))
      expect(found).toEqual([
        [expect.stringMatching(/^models\/(egg|hen)\.sql:1:\d+$/), 'CYCLE'],
        ['models/names.sql:1:11', 'TEMPLATE_UNDEFINED'],
        ['models/orders.sql:3:9', 'UNKNOWN_REF'],
        [expect.stringMatching(/^models\/properties\.yml:[45]:\d+$/), 'BAD_YAML'],
        ['models/unfinished.sql:2:1', 'TEMPLATE_UNCLOSED'],
      ])
      expect(blocks.at(-1)).toMatch(/^5 errors\./)
      for (const block of blocks.slice(0, -1)) {
        expect(block, 'an excerpt with a mark').toMatch(/^> \d+ \|.*\n +\| +\^/m)
        expect(block, 'a hint').toMatch(/^ {2}→ \S/m)
      }
      expect(outcome.stderr).toContain('Did you mean "customers"?')
      expect(outcome.stderr).toMatch(/hen → egg → hen|egg → hen → egg/)
      expect(project.exists('target/run_results.json')).toBe(false)
      expect(project.exists('.strata')).toBe(false)
    })

    test('is refused by every command that needs the graph', async () => {
      for (const command of ['plan', 'compile']) {
        const outcome = await project.run(command)
        expect(outcome, command).toMatchObject({ code: 1, stdout: '' })
        expect(outcome.stderr).toMatch(/^5 errors\./m)
      }
    })

    test('with --json each mistake is one line', async () => {
      const outcome = await project.run('run', '--json')
      expect(outcome).toMatchObject({ code: 1, stderr: '' })
      const lines = outcome.stdout.trimEnd().split('\n')
      expect(lines.map((line) => JSON.parse(line).diagnostic.code).sort()).toEqual([
        'BAD_YAML',
        'CYCLE',
        'TEMPLATE_UNCLOSED',
        'TEMPLATE_UNDEFINED',
        'UNKNOWN_REF',
      ])
    })
  })

  describe('a database that cannot be used', () => {
    let project: ModelsProject
    beforeAll(() => {
      project = createModelsProject('clinic')
    })
    afterAll(() => project.remove())

    test.concurrent.for([
      ['that does not listen', deadUrl, 'DATABASE_UNREACHABLE'],
      [
        'whose host has no address',
        'postgresql://ada:s3cret-password@db.invalid/strata',
        'DATABASE_UNREACHABLE',
      ],
      ['of another make', 'mysql://ada:s3cret-password@127.0.0.1/strata', 'BAD_DATABASE_URL'],
      [
        'whose URL cannot be read',
        'postgresql://ada:s3cret-password@127.0.0.1:port/strata',
        'BAD_DATABASE_URL',
      ],
    ] as const)('%s: exit 2 with a remedy, and no password on the screen', async ([, url, code]) => {
      const outcome = await project.runWith({ environment: { DATABASE_URL: url } }, 'run')
      expect(outcome).toMatchObject({ code: 2, stdout: '' })
      expect(outcome.stderr).toMatch(new RegExp(`^Cannot start: .*\\[${code}\\]\\n {2}→ \\S`))
      expect(outcome.stderr).not.toContain('s3cret-password')
      expect(project.exists('target/run_results.json')).toBe(false)
    })

    test.concurrent('that does not exist on its server: exit 2 with a remedy', async () => {
      const url = new URL(inject('servers')[0]!.url)
      url.pathname = '/nowhere'
      const outcome = await project.runWith({ environment: { DATABASE_URL: url.href } }, 'run')
      expect(outcome).toMatchObject({ code: 2, stdout: '' })
      expect(outcome.stderr).toMatch(
        /database "nowhere" does not exist \[NO_SUCH_DATABASE\]\n {2}→ Create the database/,
      )
    })
  })

  describe.sequential('a project folder that cannot be written', () => {
    let project: ModelsProject
    beforeAll(() => {
      project = createModelsProject('clinic')
    })
    afterAll(() => project.remove())

    test('ends a run with exit 2 and a remedy, and is no hindrance to who only reads', async (context) => {
      chmodSync(project.directory, 0o555)
      // Root writes anywhere; so root calls as somebody else.
      const other = process.getuid?.() === 0 ? { uid: 65534 } : {}
      const reachable = await project.runWith(other, '--version')
      if (reachable.code !== 0) context.skip('another user cannot reach this checkout')

      const run = await project.runWith(other, 'run')
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(
        /^Cannot start: .*EACCES.*\[EMBEDDED_DIRECTORY\]\n {2}→ Make the project folder writable/,
      )
      const compiled = await project.runWith(other, 'compile')
      expect(compiled).toMatchObject({ code: 2, stdout: '' })
      expect(compiled.stderr).toMatch(
        /^Cannot start: .*EACCES.*\[TARGET_NOT_WRITABLE\]\n {2}→ Make the project folder writable/,
      )
      expect(await project.runWith(other, 'list')).toMatchObject({ code: 0, stderr: '' })
    })

    test('ends a run before the database is touched', async () => {
      chmodSync(project.directory, 0o755)
      project.write('target', 'a file where the folder should be')
      const own = await createTestDatabase(inject('servers')[0]!)
      const environment = { DATABASE_URL: own.url }
      const run = await project.runWith({ environment }, 'run', '--simulate', 'clinical_conductor')
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(/^Cannot start: .*\[TARGET_NOT_WRITABLE\]\n {2}→ \S/)
      expect(await databaseContents(own.database)).toEqual([])
      expect(project.exists('.strata')).toBe(false)
      await own.drop()
    })
  })
})
