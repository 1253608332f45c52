import type { Node, StepResult } from '@strata/core'
import { describe, expect, it } from 'vitest'
import type { Invocation } from './invocation.ts'
import { nextCommands } from './next-commands.ts'
import { createSuggest } from './suggest.ts'

const suggest = createSuggest({ commandName: 'models' } as Invocation, 'default')

const test = { kind: 'data_test', id: 'test.p.t', parents: ['model.p.m'] }
let nodes = [test] as unknown as readonly Node[]

function commands(...steps: readonly (readonly [StepResult['status'], string?, 'job'?])[]) {
  const results = steps.map(([status, code, kind = 'model']) => ({
    id: 'model.p.m',
    kind,
    name: 'silver.m',
    status,
    failure: code === undefined ? null : { code, message: '' },
  })) as unknown as readonly StepResult[]
  const next = nextCommands({ command: 'run', results }, { embedded: null }, suggest, { nodes })
  return next.map(({ command }) => command)
}

describe('what is suggested after a run', () => {
  it('is a look at what was built', () => {
    expect(commands(['success'])).toEqual([
      'models show m',
      'models test --select m --indirect-selection buildable',
    ])
  })

  it('is no test where there is none that could be asked', () => {
    const kept = nodes
    nodes = [{ ...test, parents: ['model.p.m', 'model.p.other'] }] as unknown as readonly Node[]
    expect(commands(['success'])).toEqual(['models show m'])
    nodes = kept
  })

  it('is first of all to retry what failed or was cancelled', () => {
    expect(commands(['failed', 'SYNTAX_ERROR'], ['skipped'])).toEqual(['models retry'])
    expect(commands(['cancelled'])).toEqual(['models retry'])
  })

  it('is no debug where the file of a seed is wrong', () => {
    expect(commands(['failed', 'SEED_SYNTAX'])).toEqual(['models retry'])
    expect(commands(['failed', 'SOURCE_KEY_MISSING'])).toEqual(['models retry'])
  })

  it('is to debug only where the database or a source did not answer, and never more than three', () => {
    expect(commands(['success'], ['failed', 'SOURCE_UNREACHABLE'])).toEqual([
      'models retry',
      'models debug',
      'models show m',
    ])
  })

  it('is to build from what has landed where a source cannot be reached and models read it', () => {
    const down = ['failed', 'SOURCE_UNREACHABLE', 'job'] as const
    expect(commands(down, ['skipped'])).toEqual(['models retry', 'models debug', 'models run --no-extract'])
    expect(commands(down)).toEqual(['models retry', 'models debug'])
  })
})
