import type { Json } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { ProjectFile } from '../project/project-file.ts'
import {
  fromJson,
  type HostArguments,
  hostFunction,
  hostObject,
  print,
  TemplateError,
  toJson,
  type Value,
} from '../template/index.ts'
import type { CompileSettings } from './render-scope.ts'

/** The names that every template of a project sees, whatever file it stands in. */
export function projectContext(project: ProjectFile, settings: CompileSettings): Map<string, Value> {
  const { target } = settings
  return new Map<string, Value>([
    [
      'var',
      hostObject({
        type: 'function',
        call: (args) => variable(args, project, settings),
        attributes: { has_var: hasVariable(project, settings) },
      }),
    ],
    ['env_var', hostFunction('env_var', (args) => environmentVariable(args, project, settings))],
    [
      'target',
      hostObject({
        type: 'target',
        attributes: {
          name: target.name,
          schema: `${target.prefix}${target.defaultSchema}`,
          type: 'postgres',
          profile_name: project.name,
          database: '',
          dbname: '',
          threads: target.threads,
        },
        text: () => target.name,
      }),
    ],
    ['project_name', project.name],
    ['invocation_id', settings.invocationId],
    ['run_started_at', instant(settings.runStartedAt)],
    ['log', hostFunction('log', (args) => log(args, settings))],
    ['print', hostFunction('print', (args) => log(args, settings))],
    ['exceptions', exceptions(settings)],
    [
      'flags',
      hostObject({ type: 'flags', attributes: { FULL_REFRESH: settings.fullRefresh, WHICH: 'run' } }),
    ],
    ['dbt_version', '1.12.3'],
  ])
}

/** The argument at a place or of a name; undefined where neither is given. */
export function argument(args: HostArguments, index: number, name: string): Value | undefined {
  return args.positional[index] ?? args.keyword.get(name)
}

/** The same, as a text. Throws `TemplateError` for anything else. */
export function textArgument(args: HostArguments, index: number, name: string, caller: string): string {
  const value = argument(args, index, name)
  if (typeof value === 'string') return value
  throw new TemplateError(`${caller}() needs ${name} as a text`, {
    code: 'TEMPLATE_ARGUMENTS',
    hint: `Put quotes around the ${name}: ${caller}('…').`,
  })
}

function variable(args: HostArguments, project: ProjectFile, settings: CompileSettings): Value {
  const name = textArgument(args, 0, 'name', 'var')
  const value = findVariable(name, project, settings)
  if (value !== undefined) return fromJson(value)
  const fallback = argument(args, 1, 'default')
  if (fallback !== undefined) return fallback
  throw new TemplateError(`the variable "${name}" has no value`, {
    code: 'UNKNOWN_VAR',
    hint:
      didYouMean(name, [...Object.keys(project.vars), ...Object.keys(settings.vars)]) ??
      `Give it one under vars: in ${project.path}, with --vars, or as the second argument of var().`,
  })
}

function hasVariable(project: ProjectFile, settings: CompileSettings): Value {
  return hostFunction(
    'has_var',
    (args) => findVariable(textArgument(args, 0, 'name', 'var.has_var'), project, settings) !== undefined,
  )
}

/** The command line first, then the variables of the project's own package, then those of all. */
function findVariable(name: string, project: ProjectFile, settings: CompileSettings): Json | undefined {
  if (Object.hasOwn(settings.vars, name)) return settings.vars[name]
  const own = Object.hasOwn(project.vars, project.name) ? project.vars[project.name] : undefined
  if (typeof own === 'object' && own !== null && !Array.isArray(own) && Object.hasOwn(own, name)) {
    return (own as { readonly [name: string]: Json })[name]
  }
  return Object.hasOwn(project.vars, name) ? project.vars[name] : undefined
}

function environmentVariable(args: HostArguments, project: ProjectFile, settings: CompileSettings): Value {
  const name = textArgument(args, 0, 'name', 'env_var')
  const value = settings.environmentVariable(name)
  if (value === 'forbidden') {
    throw new TemplateError(`templates may not read the environment variable "${name}"`, {
      code: 'FORBIDDEN_ENV_VAR',
      hint: `List it under environment: in ${project.path}, or use a name that begins with DBT_ or STRATA_.`,
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

function log(args: HostArguments, settings: CompileSettings): Value {
  const message = args.positional[0] ?? args.keyword.get('msg') ?? ''
  const shown = args.positional[1] ?? args.keyword.get('info')
  if (shown !== undefined && shown !== false) settings.log(print(message))
  return ''
}

function exceptions(settings: CompileSettings): Value {
  const raise = (args: HostArguments): Value => {
    throw new TemplateError(
      print(args.positional[0] ?? args.keyword.get('msg') ?? 'the model raised an error'),
      {
        code: 'RAISED',
        hint: 'The template itself raised this error.',
      },
    )
  }
  const warn = (args: HostArguments): Value => {
    settings.log(`warning: ${print(args.positional[0] ?? args.keyword.get('msg') ?? '')}`)
    return ''
  }
  return hostObject({
    type: 'exceptions',
    attributes: {
      raise_compiler_error: hostFunction('raise_compiler_error', raise),
      warn: hostFunction('warn', warn),
    },
  })
}

/** A moment in UTC that prints as Python prints it. */
function instant(date: Date): Value {
  const iso = date.toISOString()
  return hostObject({
    type: 'datetime',
    attributes: {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      isoformat: hostFunction('isoformat', () => iso.replace('Z', '000+00:00')),
      strftime: hostFunction('strftime', (args) =>
        strftime(date, textArgument(args, 0, 'format', 'strftime')),
      ),
    },
    text: () => iso.replace('T', ' ').replace('Z', '000+00:00'),
  })
}

function strftime(date: Date, format: string): string {
  const pad = (value: number, width = 2) => String(value).padStart(width, '0')
  const parts: { readonly [directive: string]: string } = {
    Y: pad(date.getUTCFullYear(), 4),
    m: pad(date.getUTCMonth() + 1),
    d: pad(date.getUTCDate()),
    H: pad(date.getUTCHours()),
    M: pad(date.getUTCMinutes()),
    S: pad(date.getUTCSeconds()),
    f: `${pad(date.getUTCMilliseconds(), 3)}000`,
    '%': '%',
  }
  return format.replace(/%(.)/g, (whole, directive: string) =>
    Object.hasOwn(parts, directive) ? parts[directive]! : whole,
  )
}

/** `config()`'s keyword arguments, or the one dict it was given, as plain data. */
export function configOptions(args: HostArguments): { readonly [option: string]: Json } {
  const given: [string, Json][] = []
  const first = args.positional[0]
  if (first !== undefined) {
    const options = toJson(first)
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw new TemplateError('config() takes its options by name', {
        code: 'TEMPLATE_ARGUMENTS',
        hint: "Write config(materialized='table').",
      })
    }
    given.push(...Object.entries(options))
  }
  for (const [name, value] of args.keyword) given.push([name, toJson(value)])
  return Object.fromEntries(given)
}
