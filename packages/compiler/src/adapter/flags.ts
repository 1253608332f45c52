import type { Json } from '@strata/core'
import { type Dict, dict, fromJson, hostFunction, hostObject, type Value } from '../template/index.ts'

export interface FlagSettings {
  readonly fullRefresh: boolean
  /** The command: `run`, `build`, `test`. */
  readonly which: string
  readonly storeFailures?: boolean
  readonly failFast?: boolean
  readonly quiet?: boolean
  readonly debug?: boolean
  /** The command line as it was typed; must hold no secret. */
  readonly invocationCommand?: string
  readonly targetPath?: string
  /** Further options of the command line, in lower case: `vars`, `select`, `exclude`. */
  readonly options?: { readonly [name: string]: Json }
  readonly projectFlags?: { readonly [flag: string]: Json }
}

/**
 * `flags`: the switches of this invocation, under dbt's names. One that is not known is undefined. `onRead` is told whether
 * what is looked at is another for another command.
 */
export function flagsValue(settings: FlagSettings, onRead: (ofCommand: boolean) => void = () => {}): Value {
  const flags = flagEntries(settings)
  const read = (name: string) => {
    onRead(ofCommand.has(name))
    return flags.get(name)
  }
  return hostObject({
    type: 'flags',
    attribute: read,
    names: () => {
      onRead(true)
      return flags.keys()
    },
    attributes: {
      get: hostFunction('get', (args) => read(String(args.positional[0])) ?? args.positional[1] ?? null),
    },
  })
}

const ofCommand: ReadonlySet<string> = new Set(['WHICH', 'INVOCATION_COMMAND'])

/** `invocation_args_dict`: the same in lower case, as a dict, with the options of the command line. */
export function invocationArguments(settings: FlagSettings): Dict {
  const options = Object.entries(settings.options ?? {}).map(([name, value]): [string, Value] => [
    name,
    fromJson(value),
  ])
  return dict([
    ...[...flagEntries(settings)].map(([name, value]): [string, Value] => [name.toLowerCase(), value]),
    ...options,
  ])
}

function flagEntries(settings: FlagSettings): ReadonlyMap<string, Value> {
  const project = Object.entries(settings.projectFlags ?? {}).map(([name, value]): [string, Value] => [
    name.toUpperCase(),
    fromJson(value),
  ])
  return new Map<string, Value>([
    ['USE_EXPERIMENTAL_PARSER', false],
    ['STATIC_PARSER', false],
    ['WARN_ERROR', null],
    ['WARN_ERROR_OPTIONS', fromJson({ include: [], exclude: [], error: [], warn: [], silence: [] })],
    ['WRITE_JSON', true],
    ['PARTIAL_PARSE', false],
    ['USE_COLORS', false],
    ['PROFILES_DIR', null],
    ['DEBUG', settings.debug ?? false],
    ['LOG_FORMAT', 'default'],
    ['LOG_PATH', null],
    ['VERSION_CHECK', true],
    ['SEND_ANONYMOUS_USAGE_STATS', false],
    ['PRINTER_WIDTH', 80],
    ['INDIRECT_SELECTION', 'eager'],
    ['LOG_CACHE_EVENTS', false],
    ['NO_PRINT', null],
    ['CACHE_SELECTED_ONLY', false],
    ['INTROSPECT', true],
    ['EMPTY', false],
    ['NON_DESTRUCTIVE', false],
    ...project,
    ['FAIL_FAST', settings.failFast ?? false],
    ['QUIET', settings.quiet ?? false],
    ['TARGET_PATH', settings.targetPath ?? null],
    ['INVOCATION_COMMAND', settings.invocationCommand ?? `models ${settings.which}`],
    ['FULL_REFRESH', settings.fullRefresh],
    ['STORE_FAILURES', settings.storeFailures ?? false],
    ['WHICH', settings.which],
  ])
}
