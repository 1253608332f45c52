import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ResolvedTarget } from './configuration/resolve-target.ts'

/** Where the built-in simulator keeps its time, and what its records are drawn from. */
export function clockFileIn(directory: string): string {
  return join(directory, '.strata', 'simulator.json')
}

/** The name of a target's database among those that hold simulated records. */
export function nameOfDatabase({ databaseUrl }: Pick<ResolvedTarget, 'databaseUrl'>): string {
  if (databaseUrl === null) return 'embedded'
  try {
    const { host, pathname } = new URL(databaseUrl)
    return `${host}${pathname}`
  } catch {
    return 'unknown'
  }
}

/** Whether simulated records have landed in the target's database. Throws `ConfigurationError` where the clock cannot be read. */
export async function holdsSimulated(
  directory: string,
  target: Pick<ResolvedTarget, 'databaseUrl'>,
): Promise<boolean> {
  if (!existsSync(clockFileIn(directory))) return false
  return (await clockOf(directory)).databases().includes(nameOfDatabase(target))
}

/** The day (UTC, `YYYY-MM-DD`) at which the simulated sites are read next. Throws `ConfigurationError` as above. */
export async function simulatedDay(directory: string): Promise<string> {
  return (await clockOf(directory)).now().toISOString().slice(0, 10)
}

async function clockOf(directory: string) {
  const { fileClock } = await import('@strata/simulator/clock')
  return fileClock(clockFileIn(directory))
}
