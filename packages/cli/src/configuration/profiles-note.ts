import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ProjectFile } from '@strata/compiler'
import type { ResolvedTarget } from './resolve-target.ts'

/** Where the connection comes from, for those who expect it to come from the `profiles.yml` of their project; null: there is none. */
export function profilesNote(
  directory: string,
  project: ProjectFile,
  { target, databaseUrl }: ResolvedTarget,
): string | null {
  if (!existsSync(join(directory, 'profiles.yml'))) return null
  const variable = project.targets[target.name]?.databaseUrlEnv ?? 'DATABASE_URL'
  const place =
    databaseUrl === null
      ? `${variable} is not set, so this is the embedded server`
      : `${variable} names the database`
  return `profiles.yml is not read: ${place}, and the schema is ${target.prefix}${target.defaultSchema} (STRATA_SCHEMA changes it).`
}
