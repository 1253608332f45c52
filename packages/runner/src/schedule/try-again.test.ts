import { DatabaseError, StrataError } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { tryAgain } from './try-again.ts'

const error = (sqlstate?: string, code = 'X') => new DatabaseError({ code, message: code, sqlstate })

/** Fails with each of the errors in turn, then gives 7. */
function attempt(errors: readonly unknown[], wasDone = false, signal = new AbortController().signal) {
  const told: string[] = []
  let at = 0
  const work = async () => {
    if (at < errors.length) throw errors[at++]
    return 7
  }
  const result = tryAgain(work, {
    signal,
    onRetry: ({ code }) => told.push(code),
    wasDone: async () => wasDone,
  })
  return { result, told }
}

describe('a step that failed', () => {
  it.each([
    ['a deadlock', error('40P01')],
    ['a serialization failure', error('40001')],
    ['a connection that an administrator ended', error('57P01')],
    ['a connection that was lost', error(undefined, 'CONNECTION_LOST')],
  ])('is tried again after %s, and tells of it', async (_what, failure) => {
    const { result, told } = attempt([failure])
    expect(await result).toBe(7)
    expect(told).toEqual([failure.code])
  })

  it('is tried three times at most', async () => {
    const { result, told } = attempt([error('40P01'), error('40001'), error('40P01', 'LAST')])
    await expect(result).rejects.toMatchObject({ code: 'LAST' })
    expect(told).toHaveLength(2)
  })

  it.each([
    ['an error of its SQL', error('42703')],
    ['a transaction that lasted too long', error('25P04', 'CONNECTION_LOST')],
    ['a cancellation', error('57014', 'CANCELLED')],
    ['a server that is not there', new StrataError({ code: 'DATABASE_UNREACHABLE', message: '' })],
    ['a bug', new TypeError('x')],
  ])('is not tried again after %s', async (_what, failure) => {
    const { result, told } = attempt([failure])
    await expect(result).rejects.toBe(failure)
    expect(told).toEqual([])
  })

  it('is waited for while the server starts again', async () => {
    const starting = new StrataError({ code: 'DATABASE_UNREACHABLE', message: '' })
    expect(await attempt([error('57P01'), starting]).result).toBe(7)
  })

  it('counts as done when only the answer to its end was lost', async () => {
    expect(await attempt([error(undefined, 'CONNECTION_LOST')], true).result).toBeNull()
  })

  it('does not begin again in a run that is cancelled meanwhile', async () => {
    const controller = new AbortController()
    const { result } = attempt([error('40P01')], false, controller.signal)
    controller.abort()
    await expect(result).rejects.toMatchObject({ code: expect.stringMatching(/X|CANCELLED/) })
  })
})
