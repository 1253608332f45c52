import type { Environment } from './environment.ts'

const beginning = 'DBT_ENV_CUSTOM_ENV_'

/** What users have written into artifacts to know their runs again: the variables `DBT_ENV_CUSTOM_ENV_…`, as with dbt. */
export function artifactEnvironment(environment: Environment): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      name.startsWith(beginning) && value !== undefined ? [[name.slice(beginning.length), value]] : [],
    ),
  )
}
