const unitSeconds: readonly (readonly [RegExp, number])[] = [
  [/(-?\d+) years?/, 365 * 86_400],
  [/(-?\d+) mons?/, 30 * 86_400],
  [/(-?\d+) days?/, 86_400],
]

/** An interval of Postgres as Python prints the timedelta that dbt's driver makes of it: `1 day, 2:00:00`. */
export function intervalText(text: string): string {
  let seconds = 0
  for (const [pattern, length] of unitSeconds) seconds += Number(pattern.exec(text)?.[1] ?? 0) * length
  const clock = /([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text)
  let micros = BigInt(seconds) * 1_000_000n
  if (clock !== null) {
    const [, sign, hours, minutes, rest, fraction = ''] = clock
    const part =
      BigInt(Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)) * 1_000_000n +
      BigInt(fraction.padEnd(6, '0'))
    micros += sign === '-' ? -part : part
  }
  const dayMicros = 86_400_000_000n
  const ofDay = ((micros % dayMicros) + dayMicros) % dayMicros
  const days = (micros - ofDay) / dayMicros
  const whole = Number(ofDay / 1_000_000n)
  const pad = (value: number) => String(value).padStart(2, '0')
  const time = `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`
  const fraction = ofDay % 1_000_000n
  const day = days === 0n ? '' : `${days} day${days === 1n || days === -1n ? '' : 's'}, `
  return `${day}${time}${fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`}`
}
