import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, expect, it, test } from 'vitest'
import { createZoneOffsets, wallClock } from './zone-offset.ts'

describeServers('the offset of a wall clock time', (server) => {
  let made: TestDatabase
  beforeAll(async () => {
    made = await createTestDatabase(server)
  })
  afterAll(() => made.drop())

  it.each([
    'America/New_York',
    'Europe/London',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'America/St_Johns',
    'UTC',
  ])(
    'is in %s what Postgres takes it for, at each half hour of a year and where clocks are changed',
    async (zone) => {
      const { rows } = await made.database.query<{ wall: string; offset: string }>({
        text: `select to_char(wall, 'YYYY-MM-DD HH24:MI:SS') as wall,
                 to_char(extract(epoch from wall - (wall at time zone $1 at time zone 'UTC')) / 60, 'S9999') as offset
               from generate_series('1999-01-01'::timestamp, '1999-12-31', '30 minutes') as wall`,
        values: [zone],
      })
      const offsetAt = createZoneOffsets(zone)
      const minutes = (text: string) =>
        Number(`${text[0]}1`) * (Number(text.slice(1, 3)) * 60 + Number(text.slice(4)))
      const different = rows.filter(
        ({ wall, offset }) => minutes(offsetAt(wall)) !== Number(offset.replace(/ /g, '')),
      )
      expect(rows.length).toBe(364 * 48 + 1)
      expect(different).toEqual([])
    },
  )
})

test('a wall clock shows what its zone has at an instant', () => {
  expect(wallClock('2024-07-01 02:30:00.123456', 'America/New_York')).toBe('2024-06-30 22:30:00.123456')
  expect(wallClock('2024-01-01 12:00:00.000001', 'Asia/Kolkata')).toBe('2024-01-01 17:30:00.000001')
})
