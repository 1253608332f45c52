import { forbiddenVariable, type Json } from '@strata/core'
import type { Recorder } from '../cache/recorder.ts'
import { didYouMean } from '../project/near-misses.ts'
import type { ProjectSources } from '../read-project.ts'
import {
  datetimeValue,
  fromJson,
  type HostArguments,
  hostFunction,
  hostObject,
  modules,
  TemplateError,
  type Value,
} from '../template/index.ts'
import { argument, textArgument } from './arguments.ts'
import type { RenderClock } from './render-clock.ts'
import type { CompileSettings } from './render-scope.ts'
import { isTemplate } from './render-yaml.ts'
import type { Variables } from './variables.ts'

/** The version of dbt whose templates Strata speaks, as `dbt_version` tells them. */
export const dbtVersion = '1.12.3'

/** The names that every template of one package sees, whatever file it stands in. */
export function projectContext(
  sources: ProjectSources,
  settings: CompileSettings,
  recorder: Recorder,
  clock: RenderClock,
): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ['env_var', hostFunction('env_var', (args) => environmentVariable(args, sources, settings))],
    ['target', targetValue(sources, settings)],
    ['project_name', sources.project.name],
    ['invocation_id', settings.invocationId],
    ['run_started_at', datetimeValue(settings.runStartedAt)],
    [
      'modules',
      modules(() => {
        recorder.readVolatile()
        return clock.now()
      }),
    ],
    ['dbt_version', dbtVersion],
    ['dbt_metadata_envs', fromJson({})],
    ['thread_id', 'main'],
  ])
}

/**
 * `target`. A project of dbt's own expects the schema of the target before every other schema, and `prefix` is what stands
 * before those that models name.
 */
function targetValue(sources: ProjectSources, settings: CompileSettings): Value {
  const { target } = settings
  return hostObject({
    type: 'target',
    attributes: {
      name: target.name,
      target_name: target.name,
      schema: `${target.prefix}${target.defaultSchema}`,
      prefix: schemaPrefix(sources, settings),
      type: 'postgres',
      profile_name: sources.project.profile ?? sources.project.name,
      database: target.database,
      dbname: target.database,
      host: settings.connection?.host ?? '',
      port: settings.connection?.port ?? 5432,
      user: settings.connection?.user ?? '',
      threads: target.threads,
    },
    item: () => undefined,
    text: () => target.name,
  })
}

/** What stands before a schema that a model names. */
export function schemaPrefix(sources: ProjectSources, settings: CompileSettings): string {
  const { prefix, defaultSchema } = settings.target
  return isDbtProject(sources) ? `${prefix}${defaultSchema}_` : prefix
}

/** A project with dbt's own project file keeps dbt's rules where they differ from ours. */
export function isDbtProject(sources: ProjectSources): boolean {
  return /(^|\/)dbt_project\.ya?ml$/.test(sources.project.path)
}

/** `var`. A text with a template in it is rendered where it is asked for: it may hold a `source()` of the caller. */
export function variableValue(
  packageName: string,
  sources: ProjectSources,
  variables: Variables,
  render: (text: string) => Value,
  overrides: { readonly [name: string]: Json } = {},
): Value {
  const find = (name: string) =>
    Object.hasOwn(overrides, name) ? overrides[name] : variables.find(packageName, name)
  const call = (args: HostArguments): Value => {
    const name = textArgument(args, 0, 'name', 'var')
    const value = find(name)
    // A text with a template in it is what the template gives, as in dbt.
    if (typeof value === 'string' && isTemplate(value)) return render(value)
    if (value !== undefined) return fromJson(value)
    const fallback = argument(args, 1, 'default')
    if (fallback !== undefined) return fallback
    throw new TemplateError(`the variable "${name}" has no value`, {
      code: 'UNKNOWN_VAR',
      hint:
        didYouMean(name, variables.names(packageName)) ??
        `Give it one under vars: in ${sources.project.path}, with --vars, or as the second argument of var().`,
    })
  }
  const hasVar = hostFunction(
    'has_var',
    (args) => find(textArgument(args, 0, 'name', 'var.has_var')) !== undefined,
  )
  return hostObject({ type: 'function', call, attributes: { has_var: hasVar } })
}

function environmentVariable(args: HostArguments, sources: ProjectSources, settings: CompileSettings): Value {
  const name = textArgument(args, 0, 'name', 'env_var')
  const value = settings.environmentVariable(name)
  if (value === forbiddenVariable) {
    throw new TemplateError(`templates may not read the environment variable "${name}"`, {
      code: 'FORBIDDEN_ENV_VAR',
      hint:
        name === 'DATABASE_URL'
          ? 'It holds a password; target.dbname and its like say what a template may know.'
          : `List it under environment: in ${sources.project.path}, or use a name that begins with DBT_ or STRATA_.`,
    })
  }
  if (value !== undefined) return value
  const fallback = argument(args, 1, 'default')
  if (fallback !== undefined) return fallback
  throw new TemplateError(`the environment variable "${name}" is not set`, {
    code: 'UNKNOWN_ENV_VAR',
    hint: `Set it in the environment or in .env, or give a default: env_var('${name}', '…').`,
  })
}
