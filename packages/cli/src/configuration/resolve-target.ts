import { userInfo } from 'node:os'
import type { ProjectFile, TargetDeclaration } from '@strata/compiler'
import { ConfigurationError, type Target } from '@strata/core'
import { embeddedDatabaseName } from '@strata/postgres/names'
import type { Environment } from './environment.ts'
import { type LandingSettings, landingSettings } from './landing-settings.ts'

/** A target, and how its database is reached: by this URL, or by the embedded server where there is none. */
export interface ResolvedTarget {
  readonly target: Target
  readonly databaseUrl: string | null
  readonly landing: LandingSettings
}

/** Finds the target by name, in the project file or among the built-in ones. Throws `ConfigurationError`. */
export function resolveTarget(
  project: ProjectFile,
  name: string,
  environment: Environment,
  threads: number | undefined,
): ResolvedTarget {
  const builtIn = builtInTarget(name, environment)
  const declared = Object.hasOwn(project.targets, name) ? project.targets[name] : undefined
  if (builtIn === null && declared === undefined) {
    const known = [...new Set(['default', 'dev', 'ci', ...Object.keys(project.targets)])]
    throw new ConfigurationError({
      code: 'UNKNOWN_TARGET',
      message: `there is no target "${name}"`,
      hint: `The targets are ${known.join(', ')}; more are declared under targets: in ${project.path}.`,
    })
  }
  const prefix = declared?.prefix ?? builtIn?.prefix ?? `${name}_`
  const databaseUrl = databaseUrlOf(name, declared, environment)
  return {
    target: {
      name,
      database: databaseName(databaseUrl),
      prefix: fillPrefix(prefix, environment),
      defaultSchema: declared?.schema ?? schemaFrom(environment) ?? 'public',
      landingSchema: declared?.landingSchema ?? project.landingSchema,
      extract: declared?.extract ?? builtIn?.extract ?? prefix === '',
      threads: threads ?? declared?.threads ?? 4,
    },
    databaseUrl,
    landing: landingSettings(environment),
  }
}

function builtInTarget(name: string, environment: Environment): { prefix: string; extract: boolean } | null {
  if (name === 'default') return { prefix: '', extract: true }
  if (name === 'dev')
    return { prefix: `dev_${identifierPart(environment['USER'] ?? userInfo().username)}_`, extract: false }
  if (name === 'ci') {
    const id =
      environment['STRATA_CI_ID'] ?? environment['GITHUB_RUN_ID'] ?? environment['CI_PIPELINE_ID'] ?? 'local'
    return { prefix: `ci_${identifierPart(id)}_`, extract: false }
  }
  return null
}

/** What dbt's profile says: models that name no schema go there, and in a project of dbt's it stands before those that do. */
function schemaFrom(environment: Environment): string | null {
  const schema = environment['STRATA_SCHEMA']?.trim() ?? ''
  if (schema === '') return null
  const legal = /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(schema) && !/^pg_/i.test(schema)
  if (legal && Buffer.byteLength(schema) <= 63) return schema
  throw new ConfigurationError({
    code: 'BAD_SCHEMA',
    message: `STRATA_SCHEMA is "${schema}", which is no name of a schema`,
    hint: 'Letters, digits and underscores, at most 63 bytes, and not pg_ at the beginning.',
  })
}

/** As the URL says; without one, that of the embedded server. Empty where the URL says none: the server decides then. */
function databaseName(url: string | null): string {
  if (url === null) return embeddedDatabaseName
  try {
    return decodeURIComponent(new URL(url).pathname.replace(/^\//, ''))
  } catch {
    return ''
  }
}

function databaseUrlOf(
  name: string,
  declared: TargetDeclaration | undefined,
  environment: Environment,
): string | null {
  const variable = declared?.databaseUrlEnv ?? null
  const url = environment[variable ?? 'DATABASE_URL']
  if (url !== undefined && url !== '') return url
  if (variable === null) return null
  throw new ConfigurationError({
    code: 'DATABASE_URL_MISSING',
    message: `the target "${name}" takes its database from ${variable}, which is not set`,
    hint: `Set ${variable} in the environment or in .env.`,
  })
}

/** `{{ env_var('NAME', 'default') }}` is the one template that a prefix may hold. */
function fillPrefix(prefix: string, environment: Environment): string {
  const filled = prefix.replace(
    /\{\{\s*env_var\(\s*'(\w+)'\s*(?:,\s*'([^']*)'\s*)?\)\s*\}\}/g,
    (_match, name: string, fallback: string | undefined) =>
      identifierPart(environment[name] ?? fallback ?? ''),
  )
  if (!/^[a-z0-9_]*$/.test(filled)) {
    throw new ConfigurationError({
      code: 'BAD_PREFIX',
      message: `a schema prefix holds small letters, digits and underscores; this one is "${filled}"`,
      hint: "Write a plain text, or one that takes its variable part from {{ env_var('NAME') }}.",
    })
  }
  return filled
}

/** What of a user name or a run's id can stand in an identifier. */
function identifierPart(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 20) || 'x'
  )
}
