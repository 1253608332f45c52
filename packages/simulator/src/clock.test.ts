import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { createClock, type SimulatedClock } from './clock.ts'
import { DAY, EPOCH } from './content/epoch.ts'
import { fileClock } from './file-clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'simulator-clock-'))
afterAll(() => rmSync(folder, { recursive: true }))

const clocks: readonly (readonly [string, () => SimulatedClock])[] = [
  ['in memory', () => createClock()],
  ['in a file', () => fileClock(join(folder, `${Math.random()}`, 'clock.json'))],
]

describe.each(clocks)('a clock %s', (_, create) => {
  test('starts on 1 March 2024 and goes forward by a time or to a date', () => {
    const clock = create()
    expect(clock.now().toISOString()).toBe('2024-03-01T00:00:00.000Z')
    clock.advance(DAY)
    expect(clock.now().toISOString()).toBe('2024-03-02T00:00:00.000Z')
    clock.advance(new Date('2024-03-05T12:00:00.123Z'))
    expect(clock.now().toISOString()).toBe('2024-03-05T12:00:00.123Z')
  })

  test('never goes back', () => {
    const clock = create()
    clock.advance(DAY)
    clock.advance(-DAY)
    clock.advance(new Date(0))
    expect(clock.now().getTime()).toBe(EPOCH + DAY)
  })

  test('never goes beyond the real time', () => {
    const clock = create()
    clock.advance(new Date('2999-01-01'))
    expect(clock.now().getTime()).toBeLessThanOrEqual(Date.now())
    expect(clock.now().getTime()).toBeGreaterThan(Date.now() - 60_000)
  })
})

test('a clock in memory does not start before the epoch', () => {
  expect(() => createClock(new Date('2024-02-29'))).toThrow('cannot start at 2024-02-29')
  expect(() => createClock(new Date('nonsense'))).toThrow('an invalid date')
})

describe('a clock in a file', () => {
  test('agrees with every other on the same file', () => {
    const path = join(folder, 'shared.json')
    const [one, other] = [fileClock(path), fileClock(path)]
    for (let days = 1; days <= 20; days += 1) {
      const [ahead, behind] = days % 2 === 0 ? [one, other] : [other, one]
      ahead.advance(DAY)
      expect(behind.now().getTime()).toBe(EPOCH + days * DAY)
    }
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ now: '2024-03-21T00:00:00.000Z' })
  })

  test('keeps the world that it was begun with, and refuses another one', () => {
    const path = join(folder, 'world.json')
    const world = (scale: number, seed = 1) =>
      fileClock(path, {
        scale,
        seed,
        whereOther: (kept) => `Give ${kept.scale} and ${kept.seed}.`,
      })
    world(0.5).advance(0)
    expect(() => world(2).now()).toThrow('were begun with scale 0.5, and now it is 2')
    expect(() => world(2).advance(DAY)).toThrow('were begun with scale 0.5, and now it is 2')
    expect(() => world(0.5, 7).now()).toThrow('were begun with seed 1, and now it is 7')
    // A clock that names no world takes none away.
    fileClock(path).advance(DAY)
    world(0.5).advance(DAY)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      now: '2024-03-03T00:00:00.000Z',
      scale: 0.5,
      seed: 1,
    })
  })

  test('remembers the databases whose records were read by it', () => {
    const path = join(folder, 'databases.json')
    const clock = fileClock(path)
    expect(clock.databases()).toEqual([])
    clock.landed('localhost/clinic', DAY)
    clock.landed('localhost/other', 0)
    clock.landed('localhost/clinic', DAY)
    clock.advance(DAY)
    expect(fileClock(path).databases()).toEqual(['localhost/clinic', 'localhost/other'])
    expect(clock.now().getTime()).toBe(EPOCH + 3 * DAY)
  })

  test('loses no advance of several processes', async () => {
    const path = join(folder, 'raced.json')
    const module = fileURLToPath(new URL('./file-clock.ts', import.meta.url))
    const script = `const { fileClock } = await import(${JSON.stringify(module)})
      const clock = fileClock(${JSON.stringify(path)})
      for (let count = 0; count < 40; count += 1) clock.advance(1000)`
    const processes = [1, 2, 3].map(() =>
      spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
        stdio: 'inherit',
      }),
    )
    const exits = await Promise.all(processes.map((child) => once(child, 'exit')))
    expect(exits.map(([code]) => code)).toEqual([0, 0, 0])
    expect(fileClock(path).now().getTime()).toBe(EPOCH + 120_000)
  })

  test('gets over the lock of a process that died', () => {
    const path = join(folder, 'locked.json')
    writeFileSync(`${path}.lock`, '')
    utimesSync(`${path}.lock`, new Date(EPOCH), new Date(EPOCH))
    const clock = fileClock(path)
    clock.advance(DAY)
    expect(clock.now().getTime()).toBe(EPOCH + DAY)
  })

  test.each(['', '{', '[]', '{"now":"yesterday"}', '{"now":"2020-01-01"}'])(
    'says what to do about a file that holds %j',
    (text) => {
      const path = join(folder, 'broken.json')
      writeFileSync(path, text)
      expect(() => fileClock(path).now()).toThrow(`clock file ${path} cannot be used`)
    },
  )

  test('says that its folder cannot be made', () => {
    writeFileSync(join(folder, 'a-file'), '')
    expect(() => fileClock(join(folder, 'a-file', 'clock.json')).advance(1)).toThrow('cannot be used')
  })
})
