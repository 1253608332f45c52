import type { Location } from '@strata/core'
import {
  type HostArguments,
  hostFunction,
  hostObject,
  print,
  TemplateError,
  type Value,
} from '../template/index.ts'
import { isObject, isUndefined, typeOf } from './bind-arguments.ts'

export interface ExceptionsHost {
  /** Takes the message of `exceptions.warn()`. */
  warn(message: string, location: Location): void
}

/** `exceptions`: errors and warnings that templates raise. Every error ends the render with a diagnostic. */
export function exceptionsValue(host: ExceptionsHost): Value {
  const warn = (args: HostArguments): Value => {
    host.warn(said(args, 0, 'msg'), args.location)
    return ''
  }
  const warnTypes = (args: HostArguments): Value => {
    const [snapshot, updated] = [
      said(args, 0, 'snapshot_time_data_type'),
      said(args, 1, 'updated_at_data_type'),
    ]
    host.warn(
      `the snapshot's time is ${snapshot}, its updated_at column ${updated}: one of them has to be cast`,
      args.location,
    )
    return ''
  }
  const warnings = new Map([
    ['warn', hostFunction('warn', warn)],
    ['warn_snapshot_timestamp_data_types', hostFunction('warn_snapshot_timestamp_data_types', warnTypes)],
  ])
  return hostObject({
    type: 'exceptions',
    attribute: (name) => warnings.get(name) ?? raisers.get(name),
    names: () => [...warnings.keys(), ...raisers.keys()],
  })
}

/** `try_or_compiler_error(message, function, …)`: what the function gives, or an error with that message. */
export const tryOrCompilerError: Value = hostFunction('try_or_compiler_error', (args) => {
  const [message, callee, ...rest] = args.positional
  try {
    return args.call(callee ?? null, rest, args.keyword)
  } catch (thrown) {
    // Anything else is no mistake of the template: a question that is still to be answered, for one.
    if (!(thrown instanceof TemplateError)) throw thrown
    throw raised(print(message ?? ''), thrown.message)
  }
})

type Describe = (args: HostArguments) => TemplateError

const errors: { readonly [name: string]: Describe } = {
  raise_compiler_error: (args) => raised(said(args, 0, 'msg')),
  raise_database_error: (args) => raised(said(args, 0, 'msg')),
  raise_dependency_error: (args) => raised(said(args, 0, 'msg')),
  raise_fail_fast_error: (args) => raised(said(args, 0, 'msg')),
  raise_not_implemented: (args) => raised(said(args, 0, 'msg')),
  raise_cache_inconsistent: (args) => raised(said(args, 0, 'message')),
  raise_dataclass_not_dict: (args) => raised(`${typeOf(given(args, 0, 'obj'))} is no dict`),
  missing_config: (args) =>
    raised(`${nodeName(given(args, 0, 'model'))} needs the option "${said(args, 1, 'name')}"`),
  missing_materialization: (args) =>
    raised(
      `there is no materialization for ${nodeName(given(args, 0, 'model'))} on ${said(args, 1, 'adapter_type')}`,
    ),
  missing_relation: (args) => raised(`there is no relation ${said(args, 0, 'relation')}`),
  relation_wrong_type: (args) =>
    raised(
      `${said(args, 0, 'relation')} is ${aTypeOf(given(args, 0, 'relation'))}, and should be a ${said(args, 1, 'expected_type')}`,
      'Drop or rename it, or give the model another alias.',
    ),
  column_type_missing: (args) =>
    raised(
      `the contract names no data type for ${said(args, 0, 'column_names')}`,
      'Give each column its data_type.',
    ),
  raise_contract_error: (args) =>
    raised(
      `the columns of the query are not those of its contract: ${columnList(given(args, 1, 'sql_columns'))} against ${columnList(given(args, 0, 'yaml_columns'))}`,
      'Change the query, or the columns in the YAML file.',
    ),
  raise_ambiguous_alias: (args) =>
    raised(
      `${nodeName(given(args, 0, 'node_1'))} and ${nodeName(given(args, 1, 'node_2'))} make the same relation`,
    ),
  raise_ambiguous_catalog_match: (args) =>
    raised(
      `${said(args, 0, 'unique_id')} is ambiguous: ${said(args, 1, 'match_1')} or ${said(args, 2, 'match_2')}`,
    ),
  raise_dep_not_found: (args) =>
    raised(`${nodeName(given(args, 0, 'node'))} needs ${said(args, 2, 'required_pkg')}, which is not there`),
  raise_duplicate_patch_name: (args) => raised(`${said(args, 0, 'patch_1')} is described twice`),
  raise_duplicate_resource_name: (args) =>
    raised(`${nodeName(given(args, 0, 'node_1'))} and ${nodeName(given(args, 1, 'node_2'))} have one name`),
  raise_invalid_property_yml_version: (args) => raised(`${said(args, 0, 'path')}: ${said(args, 1, 'issue')}`),
}

const raisers: ReadonlyMap<string, Value> = new Map(
  Object.entries(errors).map(([name, describe]): [string, Value] => [
    name,
    hostFunction(name, (args) => {
      throw describe(args)
    }),
  ]),
)

function raised(message: string, hint = 'The template itself raised this error.'): TemplateError {
  return new TemplateError(message === '' ? 'the template raised an error' : message, {
    code: 'RAISED',
    hint,
  })
}

function given(args: HostArguments, index: number, name: string): Value | undefined {
  return args.positional[index] ?? args.keyword.get(name)
}

function said(args: HostArguments, index: number, name: string): string {
  const value = given(args, index, name)
  return value === undefined || isUndefined(value) ? '' : print(value)
}

/** The name or id of a node, however the template hands it over. */
function nodeName(value: Value | undefined): string {
  const id = field(value, 'unique_id') ?? field(value, 'name')
  return id ?? (value === undefined || value === null || isUndefined(value) ? 'this node' : print(value))
}

function aTypeOf(value: Value | undefined): string {
  const type = field(value, 'type')
  return type === undefined ? 'of another type' : `a ${type}`
}

function field(value: Value | undefined, name: string): string | undefined {
  const found = isObject(value)
    ? value.attribute(name)
    : typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'dict'
      ? value.entries.get(name)?.[1]
      : undefined
  return typeof found === 'string' ? found : undefined
}

function columnList(value: Value | undefined): string {
  if (!Array.isArray(value)) return 'none'
  return (
    value.map((column) => field(column, 'formatted') ?? field(column, 'name') ?? print(column)).join(', ') ||
    'none'
  )
}
