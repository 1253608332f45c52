import { DAY } from './epoch.ts'

const days = new Map<number, string>()

/** `YYYY-MM-DD` in UTC, of a time in ms. */
export function dateText(time: number): string {
  return dayText(Math.floor(time / DAY))
}

/** ISO 8601 with milliseconds and `Z`, as toISOString gives it, which is too slow for three in each of a million records. */
export function dateTimeText(time: number): string {
  const day = Math.floor(time / DAY)
  const ms = time - day * DAY
  const hour = Math.floor(ms / 3_600_000)
  const minute = Math.floor(ms / 60_000) % 60
  const second = Math.floor(ms / 1000) % 60
  return `${dayText(day)}T${padded[hour]}:${padded[minute]}:${padded[second]}.${String(ms % 1000).padStart(3, '0')}Z`
}

const padded = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))

function dayText(day: number): string {
  let text = days.get(day)
  if (text === undefined) {
    text = new Date(day * DAY).toISOString().slice(0, 10)
    days.set(day, text)
  }
  return text
}
