import { describe, expect, it } from 'vitest'
import { eventSpan } from './event-span.ts'

describe('--event-time-start and --event-time-end', () => {
  it('ask for nothing where they are not given', () => {
    expect(eventSpan({})).toEqual({})
  })

  it('are read as UTC, and the end may be left out', () => {
    expect(eventSpan({ eventTimeStart: '2024-01-31' })).toEqual({
      batches: { from: '2024-01-31T00:00:00.000Z', to: null },
    })
    expect(eventSpan({ eventTimeStart: '2024-01-31 06:00', eventTimeEnd: '2024-02-01T00:00+02:00' })).toEqual(
      {
        batches: { from: '2024-01-31T06:00:00.000Z', to: '2024-01-31T22:00:00.000Z' },
      },
    )
  })

  it('are refused where they are no span of time', () => {
    expect(() => eventSpan({ eventTimeEnd: '2024-01-31' })).toThrow('stands without --event-time-start')
    expect(() => eventSpan({ eventTimeStart: '2024-02-30' })).toThrow('no date or time')
    expect(() => eventSpan({ eventTimeStart: 'yesterday' })).toThrow('no date or time')
    expect(() => eventSpan({ eventTimeStart: '2024-01-31', eventTimeEnd: '2024-01-31' })).toThrow('not later')
  })
})
