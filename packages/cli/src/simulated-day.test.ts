import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileClock } from '@strata/simulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clockFileIn, holdsSimulated, nameOfDatabase, simulatedDay } from './simulated-day.ts'

describe('the present day of the simulated sites', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'strata-simulated-day-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('is the first of the simulated time before anything has landed', async () => {
    expect(await simulatedDay(directory)).toBe('2024-03-01')
    expect(await holdsSimulated(directory, { databaseUrl: null })).toBe(false)
  })

  it('is a day later after each landing, for the databases alone into which simulated records have landed', async () => {
    const own = { databaseUrl: 'postgres://me:secret@db.example:5433/trial?sslmode=require' }
    fileClock(clockFileIn(directory)).landed(nameOfDatabase(own), 24 * 60 * 60 * 1000)
    expect(await simulatedDay(directory)).toBe('2024-03-02')
    expect(await holdsSimulated(directory, own)).toBe(true)
    expect(await holdsSimulated(directory, { databaseUrl: 'postgres://db.example/real' })).toBe(false)
    expect(await holdsSimulated(directory, { databaseUrl: null })).toBe(false)
  })

  it('names a database without who connects to it, and how', () => {
    expect(nameOfDatabase({ databaseUrl: 'postgres://me:secret@db.example:5433/trial?x=1' })).toBe(
      'db.example:5433/trial',
    )
    expect(nameOfDatabase({ databaseUrl: null })).toBe('embedded')
  })
})
