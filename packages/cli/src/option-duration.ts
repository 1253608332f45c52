import { ConfigurationError } from '@strata/core'

const units: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** Milliseconds that an option names: `90s`, `10m`, `2h`, `1h30m`. Throws `ConfigurationError` `BAD_DURATION`. */
export function optionDuration(option: string, written: string): number {
  const parts = [...written.trim().matchAll(/(\d+(?:\.\d+)?)([smhd])/g)]
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0)
  if (parts.map(([part]) => part).join('') === written.trim() && seconds > 0) return seconds * 1_000
  throw new ConfigurationError({
    code: 'BAD_DURATION',
    message: `${option} is ${JSON.stringify(written)}, which is no duration`,
    hint: 'Write it as 90s, 10m or 2h.',
  })
}
