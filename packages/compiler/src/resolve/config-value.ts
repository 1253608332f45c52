import type { Json } from '@strata/core'
import {
  fromJson,
  type HostArguments,
  hostFunction,
  hostObject,
  TemplateError,
  toJson,
  type Value,
} from '../template/index.ts'
import { argument, textArgument } from './arguments.ts'
import { isMapping } from './merge-config.ts'
import type { RenderScope } from './render-scope.ts'

/** `config`: sets options when called; reads them by its methods. */
export function configValue(scope: RenderScope): Value {
  const find = (name: string): Json | undefined => {
    const { config } = scope
    return config !== null && Object.hasOwn(config, name) ? config[name] : undefined
  }
  const findMeta = (name: string): Json | undefined => {
    const meta = find('meta')
    return isMapping(meta) && Object.hasOwn(meta, name) ? meta[name] : undefined
  }
  const get = (caller: string, search: typeof find) =>
    hostFunction(caller, (args) => {
      const name = textArgument(args, 0, 'name', `config.${caller}`)
      if (!scope.execute) return ''
      const value = search(name)
      return value === undefined || value === null ? (argument(args, 1, 'default') ?? null) : fromJson(value)
    })
  const require = (caller: string, search: typeof find) =>
    hostFunction(caller, (args) => {
      const name = textArgument(args, 0, 'name', `config.${caller}`)
      if (!scope.execute) return ''
      const value = search(name)
      if (value !== undefined) return fromJson(value)
      throw new TemplateError(`the option "${name}" is required and has not been set`, {
        code: 'MISSING_CONFIG',
        hint: `Write {{ config(${name}=…) }}, or set it in a YAML file.`,
      })
    })
  const persists = (what: string) =>
    hostFunction(`persist_${what}_docs`, () => {
      const persist = find('persist_docs')
      return isMapping(persist) && persist[what === 'relation' ? 'relation' : 'columns'] === true
    })
  return hostObject({
    type: 'config',
    call(args) {
      scope.configure(configOptions(args), args.location)
      return ''
    },
    attributes: {
      get: get('get', find),
      require: require('require', find),
      meta_get: get('meta_get', findMeta),
      meta_require: require('meta_require', findMeta),
      set: hostFunction('set', () => ''),
      persist_relation_docs: persists('relation'),
      persist_column_docs: persists('column'),
    },
  })
}

/** `config()`'s keyword arguments, or the one dict it was given, as plain data. */
function configOptions(args: HostArguments): { readonly [option: string]: Json } {
  const given: [string, Json][] = []
  const first = args.positional[0]
  if (first !== undefined) {
    const options = toJson(first)
    if (!isMapping(options)) {
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
