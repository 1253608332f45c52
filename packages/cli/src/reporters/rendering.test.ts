import type { RunResult, StepResult } from '@strata/core'
import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import { asSentence, describeChanges, describeRows, formatDuration, shorten } from './format.ts'
import { renderSummary } from './plain.ts'
import { renderFailures, renderWarnings } from './render-failure.ts'
import { numbersAmong, renderRows } from './render-rows.ts'
import { sqlExcerpt } from './sql-excerpt.ts'
import { stepLine } from './step-line.ts'

const colors = createColors(false)

const result: StepResult = {
  id: 'job.p.cc.patients',
  kind: 'job',
  name: 'cc.patients',
  status: 'success',
  action: 'land',
  message: 'incremental',
  counts: { fetched: 1034, inserted: 4, changed: 28, unchanged: 1002 },
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.250Z',
  milliseconds: 1250,
  failure: null,
  because: null,
  staleBecause: [],
}

const run = (results: readonly StepResult[]): RunResult => ({
  runId: 'r',
  command: 'run',
  target: 'default',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:02.000Z',
  status: results.some(({ status }) => status === 'failed') ? 'failed' : 'success',
  results,
})

describe('a line for a step', () => {
  it('tells kind, name, rows, time and changes, in words where there is no terminal', () => {
    expect(stepLine(result, { name: 12, total: null }, colors)).toBe(
      '✓ job   cc.patients  1,034 fetched   1.3s  4 inserted, 28 changed, 1,002 unchanged; incremental',
    )
  })

  it('does not call a job done that was left out', () => {
    const left = { ...result, action: 'skip', message: 'not configured: KEY is not set', counts: {} } as const
    expect(stepLine(left, { name: 12, total: null }, colors)).toMatch(
      /^- job {3}cc\.patients .* not configured/,
    )
    expect(renderSummary(run([result, left]), [], colors)).toContain('2 steps, 1 succeeded, 1 left out.')
  })

  it('fits the terminal', () => {
    const line = stepLine({ ...result, name: 'clinical_conductor.patients' }, { name: 27, total: 80 }, colors)
    expect(line.length).toBeLessThanOrEqual(80)
    expect(line).toContain('+4 ~28 =1,002')
  })

  it('goes on below where it says why a step failed or wrote its table anew', () => {
    const step = {
      ...result,
      kind: 'model',
      name: 'silver.appointments_of_subjects',
      counts: { rows: 12_345 },
    } as const
    const lines = (given: Partial<StepResult>) =>
      stepLine({ ...step, ...given }, { name: 32, total: 80 }, colors).split('\n')
    const rebuilt = lines({ action: 'rebuild', message: 'SQL or configuration changed' })
    expect(rebuilt).toEqual([
      '✓ model silver.appointments_of_subjects    12,345 rows   1.3s  SQL or',
      '        configuration changed',
    ])
    const failure = { code: 'NUMBER_OUT_OF_RANGE', message: '' }
    expect(lines({ status: 'failed', failure })[1]).toBe('        NUMBER_OUT_OF_RANGE')
    expect(lines({ action: 'increment', message: 'SQL or configuration changed' })).toHaveLength(1)
  })

  it('cuts the name of a step that was skipped before it cuts why', () => {
    const name = 'clinical.appointments_of_all_the_subjects'
    const skipped = { ...result, name, status: 'skipped', counts: {}, startedAt: null } as const
    const message = 'skipped because clinical_conductor.patients failed'
    const line = stepLine({ ...skipped, message }, { name: 32, total: 90 }, colors)
    expect(line).toContain(message)
    expect(line).toContain('…')
    expect(line.length).toBeLessThanOrEqual(90)
  })

  it('cuts a name only where there is no room for it', () => {
    const test = {
      ...result,
      kind: 'data_test',
      name: 'relationships_subjects_patient_id__patient_id__ref_patients_',
      message: 'passed',
      counts: {},
    } as const
    expect(stepLine(test, { name: 24, total: 100 }, colors)).toBe(`✓ test  ${test.name}   1.3s  passed`)
    const cut = stepLine(test, { name: 24, total: 62 }, colors)
    expect(cut).toMatch(/^✓ test {2}relationships_sub\S*…\S+ {3}1\.3s {2}passed$/)
    expect(cut.length).toBeLessThanOrEqual(62)
  })

  it('tells a skipped step from one that ran', () => {
    const skipped = {
      ...result,
      status: 'skipped',
      counts: {},
      startedAt: null,
      message: 'because x failed',
    } as const
    expect(stepLine(skipped, { name: 12, total: null }, colors)).toMatch(
      /^- job {3}cc\.patients +because x failed$/,
    )
  })
})

describe('a summary', () => {
  it('adds up the jobs and tells failures that are alike once', () => {
    const failure = {
      code: 'SOURCE_UNREACHABLE',
      message: 'north: unreachable; south: landed',
      hint: 'check the network',
    }
    const failed = (name: string): StepResult => ({ ...result, name, status: 'failed', failure, counts: {} })
    expect(renderSummary(run([result, failed('cc.a'), failed('cc.b')]), [], colors)).toBe(
      [
        '',
        'cc.a and cc.b [SOURCE_UNREACHABLE]',
        '  north: unreachable',
        '  south: landed',
        '  → Check the network.',
        '',
        'Failed in 2.0s: 3 steps, 1 succeeded, 2 failed.',
        'Landed: 1,034 fetched, 4 inserted (+), 28 changed (~), 1,002 unchanged (=).',
      ].join('\n'),
    )
  })
})

describe('the next commands', () => {
  const next = [
    { command: 'models show m', purpose: 'first rows' },
    { command: `models test --select ${'m'.repeat(50)}`, purpose: 'its tests' },
  ]

  it('never wrap: where there is no room for its purpose a command stands alone', () => {
    const [first, second] = next
    expect(renderSummary(run([result]), next, colors, 80)).toContain(
      `Next:\n  ${first!.command}  first rows\n  ${second!.command}`,
    )
    expect(renderSummary(run([result]), next, colors, 80)).not.toContain('its tests')
    expect(renderSummary(run([result]), next, colors, null)).toContain('its tests')
  })
})

describe('failures', () => {
  const failed = (name: string, kind: StepResult['kind'], failure: NonNullable<StepResult['failure']>) => ({
    ...result,
    id: `${kind}.${name}`,
    name,
    kind,
    status: 'failed' as const,
    failure,
  })

  it('of tests that found as many rows stand each for itself, with their places', () => {
    const found = (line: number) => ({
      code: 'DATA_TEST_FAILED',
      message: '1 failing row',
      place: { file: 'models/shop.yml', line, column: 9 },
    })
    const steps = [failed('one', 'data_test', found(4)), failed('two', 'data_test', found(5))]
    expect(renderFailures(steps, colors)).toBe(
      'one models/shop.yml:4:9 [DATA_TEST_FAILED]\n  1 failing row\n\ntwo models/shop.yml:5:9 [DATA_TEST_FAILED]\n  1 failing row',
    )
  })

  it('list what they found below the message', () => {
    const message =
      'several rows of silver.m share one unique key (id, day): id=1, day=2: 3 rows; id=2, day=2: 2 rows'
    const steps = [failed('silver.m', 'model', { code: 'DUPLICATE_KEYS', message })]
    expect(renderFailures(steps, colors)).toBe(
      [
        'silver.m [DUPLICATE_KEYS]',
        '  several rows of silver.m share one unique key (id, day):',
        '    id=1, day=2: 3 rows',
        '    id=2, day=2: 2 rows',
      ].join('\n'),
    )
  })

  it('of tests of what is not built yet are one', () => {
    const early = (name: string, relation: string, hint = 'It has not been built or landed yet: wait.') =>
      failed(name, 'data_test', {
        code: 'UNKNOWN_RELATION',
        sqlstate: '42P01',
        message: `relation "${relation}" does not exist`,
        hint,
      })
    const steps = [early('one', 'gold.b'), early('two', 'gold.a'), early('three', 'gold.b')]
    const text = renderFailures([...steps, early('four', 'gold.c', 'Did you mean d?')], colors)
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
      '3 tests [UNKNOWN_RELATION]',
      '  2 relations are not built: gold.a, gold.b',
      '  → It has not been built or landed yet: wait.',
      '',
      'four [UNKNOWN_RELATION]',
      '  relation "gold.c" does not exist',
      '  → Did you mean d?',
    ])
    expect(renderFailures([early('one', 'gold.b')], colors)).toContain('one [UNKNOWN_RELATION]')
  })

  it('say of an excerpt that it counts the lines of the compiled SQL, where the file has others', () => {
    const failing = (line?: number) =>
      renderFailures(
        [
          failed('a', 'model', {
            code: 'UNKNOWN_COLUMN',
            message: 'no',
            sql: 'select 1,\n  x',
            position: 13,
            place: { file: 'models/a.sql', ...(line === undefined ? {} : { line, column: 3 }) },
          }),
        ],
        colors,
      ).split('\n')
    expect(failing(7).slice(0, 3)).toEqual([
      'a models/a.sql:7:3 [UNKNOWN_COLUMN]',
      '  no',
      '  compiled SQL, line 2:',
    ])
    expect(failing()[2]).toBe('  compiled SQL, line 2:')
    expect(failing(2).join('\n')).not.toContain('compiled')
  })

  it('that are alike and in no file’s SQL stand together, each with its file', () => {
    const lost = (file: string) => ({ code: 'CONNECTION_LOST', message: 'gone', place: { file } })
    const steps = [failed('a', 'model', lost('models/a.sql')), failed('b', 'model', lost('models/b.sql'))]
    expect(renderFailures(steps, colors)).toBe(
      'a (models/a.sql) and b (models/b.sql) [CONNECTION_LOST]\n  gone',
    )
  })

  it('keep the columns of a table that they hold, on a terminal too', () => {
    const message = 'it does not yield what its contract declares:\n  column  declared\n  id      bigint'
    const text = renderFailures(
      [failed('a', 'model', { code: 'CONTRACT_VIOLATED', message })],
      colors,
      'models',
      80,
    )
    expect(text).toContain('\n    column  declared\n    id      bigint')
  })
})

describe('numbers and names', () => {
  it('are written for people', () => {
    expect([900, 59_940, 61_000, 3_720_000].map(formatDuration)).toEqual([
      '0.9s',
      '59.9s',
      '1m 01s',
      '1h 02m',
    ])
    expect(describeRows({ rows: 1 })).toBe('1 row')
    expect(describeChanges({ inserted: 0, changed: 2 }, 'words')).toBe('2 changed')
    expect(shorten('relationships_subjects_patient_id', 16)).toBe('relation…ient_id')
  })
})

describe('warnings', () => {
  it('of quarantined rows say how they come back', () => {
    const set = (name: string, quarantined: number): StepResult => ({
      ...result,
      kind: 'data_test',
      name,
      status: 'warned',
      message: `${quarantined} rows quarantined`,
      counts: { failures: quarantined, quarantined },
    })
    const warned = { ...set('late', 0), message: '2 failing rows' }
    expect(
      renderWarnings([result, set('has_name', 3), set('has_id', 1), warned], colors, 'pnpm models'),
    ).toBe(
      [
        'has_name, has_id',
        '  4 rows quarantined in strata.dead_letters',
        '  → What is mended at its source comes back when its job reads it again: `pnpm models extract --full-refresh --select source:…` reads all. If it was the test that was wrong, `pnpm models source replay` lands them as they are.',
      ].join('\n'),
    )
    expect(renderWarnings([warned], colors)).toBe('')
  })
})

describe('the marks of a difference', () => {
  it('are explained once', () => {
    const differing = (name: string, changed: boolean): StepResult => ({
      ...result,
      id: name,
      kind: 'unit_test',
      name,
      status: 'failed',
      failure: {
        code: 'UNIT_TEST_FAILED',
        message: 'no',
        differences: [
          {
            cte: null,
            columns: ['n'],
            rows: [
              changed
                ? { kind: 'changed', expected: ['1'], actual: ['2'] }
                : { kind: 'missing', expected: ['1'] },
            ],
            expected: 1,
            actual: 1,
            more: 0,
          },
        ],
      },
    })
    const text = renderFailures([differing('a', false), differing('b', true)], colors)
    expect(text.split('\n').slice(0, 5)).toEqual([
      'a [UNIT_TEST_FAILED]',
      '  no',
      '    n',
      '  - 1',
      '  (- was expected, + came out)',
    ])
    expect(text.match(/was expected/g)).toHaveLength(1)
    expect(renderFailures([differing('b', true)], colors)).toContain(
      '(- was expected, + came out, ~ marks what differs)',
    )
  })
})

describe('hints', () => {
  it('are sentences in which commands stand as the user types them', () => {
    expect(asSentence('run models retry')).toBe('Run models retry.')
    expect(asSentence('run `models retry`, or `pnpm models retry`', 'pnpm models')).toBe(
      'Run `pnpm models retry`, or `pnpm models retry`.',
    )
    expect(asSentence('models deps --upgrade', 'npx models')).toBe('npx models deps --upgrade.')
    expect(asSentence('two models run at once, see silver.models run', 'pnpm models')).toBe(
      'Two models run at once, see silver.models run.',
    )
  })
})

describe('rows', () => {
  it('stand in a table where it fits, and in blocks where it does not', () => {
    expect(renderRows(['id', 'name'], [{ id: 1, name: null }], 80)).toBe('id  name\n──  ────\n1   ·\n(1 row)')
    expect(renderRows(['id', 'name'], [{ id: 1, name: 'x'.repeat(30) }], 20)).toMatch(
      /^── row 1 ─+\nid {4}1\nname {2}x+…x+\n\(1 row\)$/,
    )
    expect(renderRows(['id'], [], 80)).toBe('id\n(no rows)')
  })

  it('have their numbers to the right, by the types that the server tells', () => {
    const numbers = numbersAmong([
      { name: 'amount', typeOid: 1700 },
      { name: 'code', typeOid: 25 },
    ])
    const rows = [
      { amount: '1200.50', code: '7' },
      { amount: null, code: '12' },
      { amount: '-0.25', code: '120' },
    ]
    expect(renderRows(['amount', 'code'], rows, 80, numbers).split('\n')).toEqual([
      ' amount  code',
      '───────  ────',
      '1200.50  7',
      '      ·  12',
      '  -0.25  120',
      '(3 rows)',
    ])
  })
})

describe('an excerpt of SQL', () => {
  it('marks the character that the server complains of, counted in code points', () => {
    const sql = "select '😀',\n  missing"
    const excerpt = sqlExcerpt(sql, [...sql].indexOf('m') + 1)
    expect(excerpt.split('\n').map((line) => line.trimEnd())).toEqual([
      "  1 | select '😀',",
      '> 2 |   missing',
      '    |   ^',
    ])
  })
})
