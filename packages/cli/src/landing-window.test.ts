import { expect, test } from 'vitest'
import { landingWindow } from './landing-window.ts'

test('a window is UTC, and may be open on one side', () => {
  expect(landingWindow({})).toBeNull()
  expect(landingWindow({ since: '2024-01-31' })).toEqual({ since: '2024-01-31T00:00:00.000Z', until: null })
  expect(landingWindow({ since: '2024-01-31 06:00', until: '2024-02-01T00:00+02:00' })).toEqual({
    since: '2024-01-31T06:00:00.000Z',
    until: '2024-01-31T22:00:00.000Z',
  })
})

test('what is no span of time is refused', () => {
  expect(() => landingWindow({ since: 'last week' })).toThrow('--since is "last week", which is no date')
  expect(() => landingWindow({ until: '2024-02-30' })).toThrow('--until is "2024-02-30"')
  expect(() => landingWindow({ since: '2024-02-01', until: '2024-02-01' })).toThrow('not later')
})
