import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { forbiddenVariable, registerSecret } from '@strata/core'

/** Environment variables by name. */
export type Environment = { readonly [name: string]: string | undefined }

/** The variables of the process over those of the project's `.env`. Values that look like secrets are redacted from now on. */
export function readEnvironment(projectDirectory: string, processEnvironment: Environment): Environment {
  const environment = { ...readDotEnv(projectDirectory), ...processEnvironment }
  for (const [name, value] of Object.entries(environment)) {
    if (
      (isSecret(name) || /(KEY|TOKEN|SECRET|PASSWORD|PASS)(_|$)/i.test(name)) &&
      value !== undefined &&
      value.length >= 8
    )
      registerSecret(value)
  }
  return environment
}

function isSecret(name: string): boolean {
  return name.startsWith('DBT_ENV_SECRET')
}

function readDotEnv(projectDirectory: string): Environment {
  try {
    return parseEnv(readFileSync(join(projectDirectory, '.env'), 'utf8')) as Environment
  } catch {
    return {}
  }
}

/**
 * Reads a variable for a template: only those that the project file or STRATA_TEMPLATE_ENVIRONMENT lists, or that begin with
 * `DBT_` or `STRATA_`; never DATABASE_URL.
 * `undefined`: not set; `forbiddenVariable`: not for templates.
 */
export function templateVariable(
  environment: Environment,
  allowed: readonly string[],
  name: string,
): string | undefined {
  const also = (environment['STRATA_TEMPLATE_ENVIRONMENT'] ?? '').split(/[\s,]+/)
  const known = /^(DBT_|STRATA_)/.test(name) || allowed.includes(name) || also.includes(name)
  // What a template prints ends up in files: dbt keeps its secrets for packages and connections as well.
  if (name === 'DATABASE_URL' || isSecret(name)) return forbiddenVariable
  // What is not set has nothing to hide, and the template may have a default.
  if (!known && environment[name] !== undefined) return forbiddenVariable
  return environment[name]
}
