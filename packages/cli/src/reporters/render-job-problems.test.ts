import type { StepResult } from '@strata/core'
import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { renderJobProblems } from './render-job-problems.ts'
import { stepLine } from './step-line.ts'

const layout = { colors: createColors(false), commandName: 'models', columns: 80 }

function job(name: string, over: Partial<StepResult>): StepResult {
  return {
    id: name,
    kind: 'job',
    name,
    status: 'failed',
    action: 'land',
    message: '',
    counts: {},
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    milliseconds: 1000,
    failure: null,
    because: null,
    staleBecause: [],
    ...over,
  }
}

test('jobs of an instance that cannot be reached stand together, with one hint and their number', () => {
  const message = (south: string) =>
    `north: crm instance north cannot be reached → check base_url and the network; south: ${south}`
  const steps = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) =>
    job(`crm.${name}`, {
      failure: { code: 'JOB_FAILED', message: message(index === 3 ? 'incremental, 4 slices' : 'first load') },
    }),
  )
  expect(renderJobProblems(steps, layout)).toEqual([
    [
      'crm.a, crm.b, crm.c, crm.d and 2 more, 6 jobs in all [JOB_FAILED]',
      '  north: cannot be reached',
      '  → Check base_url and the network.',
    ].join('\n'),
  ])
})

test('endpoints that are not there are listed above one hint, in which no job is named', () => {
  const vanished = ['sites', 'visits'].map((table) =>
    job(`crm.${table}`, {
      failure: {
        code: 'SOURCE_VANISHED',
        message: `crm instance north has no /${table} (404)`,
        hint: `check the base URL; or declare crm.${table} inactive`,
      },
    }),
  )
  expect(renderJobProblems(vanished, layout)).toEqual([
    [
      'crm.sites and crm.visits [SOURCE_VANISHED]',
      '  crm instance north has no /sites (404)',
      '  crm instance north has no /visits (404)',
      '  → Check the base URL; or declare the job inactive.',
    ].join('\n'),
  ])
})

test('jobs with other remedies, or of other instances, stand apart, and a warning keeps all that it says', () => {
  const unsupported = (at: string) => `${at}: endpoint not supported: /x (404) → check the endpoint`
  const blocks = renderJobProblems(
    [
      job('crm.a', { status: 'warned', message: unsupported('north') }),
      job('crm.b', { status: 'warned', message: unsupported('south') }),
      job('crm.c', { status: 'warned', message: 'first load; 3 quarantined in strata.dead_letters' }),
    ],
    layout,
  )
  expect(blocks).toEqual([
    'crm.a\n  north: endpoint not supported: /x (404)\n  → Check the endpoint.',
    'crm.b\n  south: endpoint not supported: /x (404)\n  → Check the endpoint.',
    'crm.c\n  first load\n  3 quarantined in strata.dead_letters',
  ])
})

test('the line of a job leaves out what to do', () => {
  const warned = job('crm.a', { status: 'warned', message: 'no such endpoint → check it; 2 quarantined' })
  expect(stepLine(warned, { name: 8, total: null }, layout.colors)).toMatch(
    / {2}no such endpoint; 2 quarantined$/,
  )
})

test('what is wrong with the words of a job stands with the place of the job', () => {
  const failure = {
    code: 'SOURCE_COLUMN_MISSING',
    message: 'crm.a has no column edted',
    place: { file: 'sources/crm.yml', line: 12, column: 9 },
  }
  expect(renderJobProblems([job('crm.a', { failure })], layout)).toEqual([
    'crm.a sources/crm.yml:12:9 [SOURCE_COLUMN_MISSING]\n  crm.a has no column edted',
  ])
})
