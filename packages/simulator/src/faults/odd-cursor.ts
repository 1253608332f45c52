import { dateTimeText } from '../content/date-text.ts'
import { DAY, EPOCH } from '../content/epoch.ts'
import { hashText } from '../content/hash-text.ts'
import type { Value } from '../content/value.ts'
import type { CursorValue } from './fault-spec.ts'

const sentinels: { readonly [value in CursorValue]?: string } = {
  '0001-01-01': '0001-01-01T00:00:00Z',
  '1753-01-01': '1753-01-01T00:00:00Z',
  '9999-12-31': '9999-12-31T23:59:59Z',
}
const offsets = [
  [120, '+02:00'],
  [-300, '-05:00'],
  [330, '+05:30'],
] as const

/** A change time (text, or ms) as a server might have it that is careless with times. */
export function oddCursor(value: Value, wanted: CursorValue): Value {
  const sentinel = sentinels[wanted]
  if (sentinel !== undefined) return sentinel
  if (wanted === 'null') return null
  const time = typeof value === 'number' ? value : Date.parse(String(value))
  if (Number.isNaN(time)) return value
  const text = dateTimeText(time)
  const draw = hashText(text)
  switch (wanted) {
    case 'ahead':
      return dateTimeText(Math.max(time, EPOCH) + DAY)
    case 'offsets': {
      const [minutes, zone] = offsets[Math.floor(draw * offsets.length)]!
      return dateTimeText(time + minutes * 60_000).replace('Z', zone)
    }
    case 'naive':
      return text.replace('Z', '')
    default:
      return text.replace('Z', `${String(Math.floor(draw * 10_000)).padStart(4, '0')}Z`)
  }
}
