import type { Json } from '@strata/core'
import type { SourceText } from '../project/project-file.ts'
import { dict, fromJson, hostFunction, hostObject, type Value } from '../template/index.ts'

/** `model` while a template is drafted: what its file says by itself, and places for all that is decided later. */
export function draftModel(file: SourceText, packageName: string): Value {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '')
  const known: { readonly [key: string]: Json } = {
    name,
    alias: name,
    unique_id: '',
    resource_type: 'model',
    package_name: packageName,
    path: file.path,
    original_file_path: file.path,
    fqn: [packageName, name],
    database: '',
    schema: '',
    relation_name: '',
    description: '',
    language: 'sql',
    raw_code: file.text,
    compiled_code: '',
    version: null,
    latest_version: null,
    access: 'protected',
    group: null,
    tags: [],
    columns: {},
    constraints: [],
    refs: [],
    sources: [],
    depends_on: { macros: [], nodes: [] },
    unrendered_config: {},
    contract: { enforced: false },
  }
  return dict([
    ...Object.entries(known).map(([key, value]): [string, Value] => [key, fromJson(value)]),
    ['meta', undecided({})],
    ['config', undecided({ materialized: 'view', enabled: true, tags: [], meta: {} })],
  ])
}

/** A mapping whose further keys are empty: what stands there is not known before the whole project is. */
function undecided(known: { readonly [key: string]: Json }): Value {
  const find = (key: string): Value => {
    if (!Object.hasOwn(known, key)) return ''
    return key === 'meta' ? undecided({}) : fromJson(known[key]!)
  }
  return hostObject({
    type: 'dict',
    mapping: true,
    attribute: find,
    item: (key) => (typeof key === 'string' ? find(key) : ''),
    iterate: () => [],
    attributes: {
      get: hostFunction('get', ({ positional: [key, otherwise] }) =>
        typeof key === 'string' && Object.hasOwn(known, key) ? find(key) : (otherwise ?? null),
      ),
      items: hostFunction('items', () => []),
      keys: hostFunction('keys', () => []),
      values: hostFunction('values', () => []),
    },
  })
}
