import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../packages/core/src/index.ts'
import { connect } from '../packages/postgres/src/index.ts'
import { createModelsProject, type ModelsProject, type Outcome, repository } from './run-models.ts'
import { stepLines } from './step-lines.ts'

describe.sequential('a project of dbt, with a package', () => {
  let project: ModelsProject
  let database: Database
  let installed: Outcome
  let seeded: Outcome
  let first: Outcome

  const rowsOf = async (sql: string): Promise<readonly unknown[]> => (await database.query(sql)).rows

  beforeAll(async () => {
    project = createModelsProject('empty')
    cpSync(join(repository, 'e2e', 'fixtures', 'dbt-project'), project.directory, { recursive: true })
    await project.run('db', 'start')
    const { stdout } = await project.run('db', 'url')
    database = await connect({ url: stdout.trim(), applicationName: 'e2e' })
    installed = await project.run('deps')
    seeded = await project.run('seed')
    first = await project.run('run')
  })
  afterAll(async () => {
    await database?.close()
    await project.remove()
  })

  test('deps installs the local package', () => {
    expect(installed).toMatchObject({ code: 0, stderr: '' })
    expect(project.exists('dbt_packages/toolbox/dbt_project.yml')).toBe(true)
  })

  test('seeds are loaded into their schema, with their delimiter and types', async () => {
    expect(seeded).toMatchObject({ code: 0, stderr: '' })
    expect(
      await rowsOf(
        'select pg_typeof(loan_id)::text as id, pg_typeof(lent_on)::text as day, returned_on from public_raw.loans where loan_id = 2',
      ),
    ).toEqual([{ id: 'bigint', day: 'date', returned_on: null }])
  })

  test('models are built, those of the package in its schema, with the macros that the project puts before its own', async () => {
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(
      stepLines(first.stdout)
        .map(({ mark, name }) => `${mark} ${name}`)
        .toSorted(),
    ).toEqual([
      '✓ public_marts.fct_loans',
      '✓ public_marts.genres',
      '✓ public_marts.member_v1',
      '✓ public_marts.member_v2',
      '✓ public_staging.stg_loans',
      '✓ public_staging.stg_members',
      '✓ public_toolbox.toolbox_greeting',
    ])
    expect(await rowsOf('select * from public_toolbox.toolbox_greeting')).toEqual([{ greeting: 'HELLO!' }])
  })

  test('a model that asks the database has the columns that it was told', async () => {
    const shown = await project.run('show', 'genres', '--json')
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(
      shown.stdout
        .split('\n')
        .slice(0, 3)
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { member_id: 1, atlas: '0', novel: '1', poetry: '1' },
      { member_id: 2, atlas: '0', novel: '1', poetry: '0' },
      { member_id: 3, atlas: '1', novel: '0', poetry: '0' },
    ])
  })

  test('compile prints the finished SQL of such a model, and leaves it out among many', async () => {
    const one = await project.run('compile', '--select', 'genres')
    expect(one).toMatchObject({ code: 0, stderr: '' })
    expect(one.stdout).toContain("count(*) filter (where genre = 'atlas') as atlas,")
    const inline = await project.run(
      'compile',
      '--inline',
      "select {{ toolbox.distinct_values(ref('stg_loans'), 'genre') | length }} from {{ ref('open_loans') }}",
    )
    expect(inline).toMatchObject({ code: 0, stderr: '' })
    expect(inline.stdout).toMatch(
      /^with __dbt__cte__open_loans as \(\n[\s\S]*\n\)\nselect 3 from __dbt__cte__open_loans\n$/,
    )
    const all = await project.run('compile')
    expect(all).toMatchObject({
      code: 0,
      stderr: 'Note: genres asks the database, and will be compiled by the run.\n',
    })
    expect(project.exists('target/compiled/lending/models/marts/fct_loans.sql')).toBe(true)
    expect(project.exists('target/compiled/lending/models/marts/genres.sql')).toBe(false)
  })

  test('a second run takes the increment alone, and hooks run each time', async () => {
    project.write('seeds/loans.csv', `${project.read('seeds/loans.csv')}5;3;novel;2022-06-01;\n`)
    expect(await project.run('seed', '--select', 'loans')).toMatchObject({ code: 0 })
    const second = await project.run('run', '--select', 'fct_loans', 'member')
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(stepLines(second.stdout).find(({ name }) => name.endsWith('fct_loans'))).toMatchObject({ rows: 1 })
    expect(await rowsOf('select relation, row_count::int as n from public.builds order by 1, 2')).toEqual([
      { relation: 'before fct_loans', n: 0 },
      { relation: 'before fct_loans', n: 0 },
      { relation: 'fct_loans', n: 4 },
      { relation: 'fct_loans', n: 5 },
      { relation: 'genres', n: 3 },
      { relation: 'member_v1', n: 3 },
      { relation: 'member_v1', n: 3 },
      { relation: 'member_v2', n: 3 },
      { relation: 'member_v2', n: 3 },
    ])
  })

  test('tests pass, warn and count as they are told to', async () => {
    const outcome = await project.run('test')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    const steps = stepLines(outcome.stdout)
    // One of them is a unit test.
    expect(steps).toHaveLength(13)
    expect(steps.filter(({ mark }) => mark !== '✓').map(({ mark, name }) => [mark, name])).toEqual([
      ['!', 'accepted_values_stg_loans_genre__novel__poetry'],
    ])
    // Two loans are out, and three are allowed.
    expect(steps.find(({ name }) => name.startsWith('not_null_open_loans'))).toMatchObject({
      mark: '✓',
      rows: 2,
    })
  })

  test('on-run-end got the results of every command, with their nodes', async () => {
    expect(
      await rowsOf(
        "select command, status, count(*)::int as n, min(node) as least from public.run_log where command <> 'seed' group by 1, 2 order by 1, 2",
      ),
    ).toEqual([
      { command: 'run', status: 'success', n: 10, least: 'model.lending.fct_loans' },
      { command: 'test', status: 'pass', n: 12, least: expect.stringMatching(/^test\.lending\.not_null_/) },
      { command: 'test', status: 'warn', n: 1, least: expect.stringMatching(/^test\.lending\.accepted_/) },
    ])
  })

  test('run-operation calls a macro with arguments, and runs SQL', async () => {
    const called = await project.run(
      'run-operation',
      'forget_builds',
      '--args',
      '{relations: [member_v1, genres], keep: 2}',
    )
    expect(called).toMatchObject({ code: 0, stderr: 'builds left: 6\n' })
    const sql = "insert into public.builds select 'by hand', count(*) from {{ ref('member', v=1) }}"
    expect(await project.run('run-operation', '--sql', sql)).toMatchObject({ code: 0, stderr: '' })
    expect(await rowsOf("select row_count::int as n from public.builds where relation = 'by hand'")).toEqual([
      { n: 3 },
    ])
    const wrong = await project.run('run-operation', 'forget_build')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('there is no macro "forget_build"')
    expect(wrong.stderr).toContain('Did you mean "forget_builds"')
  })

  test('list picks by the selectors of selectors.yml, and knows every kind of node', async () => {
    const desk = await project.run(
      'list',
      '--selector',
      'desk',
      '--output',
      'selector',
      '--resource-type',
      'model',
      'exposure',
    )
    expect(desk).toMatchObject({ code: 0, stderr: '' })
    expect(desk.stdout.trim().split('\n').toSorted()).toEqual([
      'exposure:desk_board',
      'lending.marts.fct_loans',
      'lending.marts.member.v2',
      'lending.staging.open_loans',
      'lending.staging.stg_loans',
      'lending.staging.stg_members',
    ])
    const all = await project.run('list', '--output', 'name', '--exclude-resource-type', 'test')
    const kinds = new Set(
      all.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    )
    expect([...kinds].toSorted()).toEqual(['analysis', 'exposure', 'model', 'seed', 'snapshot', 'unit_test'])
  })

  test('state:modified finds what has changed since the artifacts were written', async () => {
    cpSync(join(project.directory, 'target'), join(project.directory, 'before'), { recursive: true })
    const modified = () =>
      project.run(
        'list',
        '--select',
        'state:modified',
        '--state',
        'before',
        '--output',
        'selector',
        '--resource-type',
        'model',
      )
    expect((await modified()).stdout).toBe('')
    project.write('models/marts/genres.sql', `${project.read('models/marts/genres.sql')}order by member_id\n`)
    project.write('macros/shout.sql', '{% macro default__shout(text) %}{{ text }}?{% endmacro %}')
    const changed = await modified()
    expect(changed.stdout.trim().split('\n').toSorted()).toEqual([
      'lending.marts.genres',
      'toolbox.toolbox_greeting',
    ])
  })

  test('a template that fails at its step says where and by which way, and the others are built', async () => {
    project.write(
      'macros/check.sql',
      "{% macro check_loans(relation) %}\n  {% set n = run_query('select count(*) as n from ' ~ relation).rows[0]['n'] %}\n  {% if n > 0 %}{{ exceptions.raise_compiler_error('too many loans: ' ~ n) }}{% endif %}\n{% endmacro %}\n",
    )
    project.write(
      'models/marts/checked.sql',
      "select 1 as x\n{% if execute %}\n  {{ check_loans(ref('stg_loans')) }}\n{% endif %}\n",
    )
    project.write(
      'models/marts/hooked.sql',
      '{{ config(post_hook="insert into nowhere select * from {{ this }}") }}select 1 as x\n',
    )
    const outcome = await project.run('run', '--select', 'checked', 'hooked', 'genres')
    expect(outcome.code).toBe(1)
    const marks = stepLines(outcome.stdout).map(({ mark, name }) => `${mark} ${name}`)
    expect(marks.toSorted()).toEqual([
      '✓ public_marts.genres',
      '✗ public_marts.checked',
      '✗ public_marts.hooked',
    ])
    const screen = outcome.stdout + outcome.stderr
    expect(screen).toContain('macros/check.sql:3:20: too many loans: 5')
    expect(screen).toContain('models/marts/checked.sql:3:6: in macro "check_loans", called here')
    expect(screen).toContain('relation "nowhere" does not exist')
    expect(screen).toContain('> 1 | insert into nowhere select * from ')
    expect(await rowsOf("select to_regclass('public_marts.hooked') as left_behind")).toEqual([
      { left_behind: null },
    ])
  })

  test('a mistake that needs no database stops everything, and is shown in its line', async () => {
    project.write('models/marts/wrong.sql', "select\n  {{ toolbox.shot('x') }}\n")
    const outcome = await project.run('run')
    expect(outcome.code).toBe(1)
    const screen = outcome.stdout + outcome.stderr
    expect(screen).toContain('models/marts/wrong.sql:2:')
    expect(screen).toContain("> 2 |   {{ toolbox.shot('x') }}")
    expect(screen).toContain('Did you mean "shout"?')
    expect(stepLines(outcome.stdout)).toEqual([])
  })
})
