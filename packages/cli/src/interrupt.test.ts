import { expect, it } from 'vitest'
import { createInterrupt } from './interrupt.ts'

it('takes a signal that comes twice for one, and a later one for the wish to stop at once', () => {
  const done: string[] = []
  let time = 0
  const interrupt = createInterrupt({
    cancel: () => done.push('cancel'),
    stop: () => done.push('stop'),
    now: () => time,
  })
  const at = (milliseconds: number) => {
    time = milliseconds
    interrupt()
    return [...done]
  }
  expect(at(100)).toEqual(['cancel'])
  expect(at(101)).toEqual(['cancel'])
  expect(at(599)).toEqual(['cancel'])
  expect(at(600)).toEqual(['cancel', 'stop'])
})
