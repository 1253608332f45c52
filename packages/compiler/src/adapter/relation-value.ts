import { deriveName, maxIdentifierBytes, type RelationName } from '@strata/core'
import type { Reference } from '../resolve/render-scope.ts'
import {
  type Dict,
  dict,
  getEntry,
  type HostArguments,
  type HostObject,
  hostFunction,
  hostObject,
  TemplateError,
  type Value,
} from '../template/index.ts'
import {
  bindArguments,
  isObject,
  optionalFlag,
  optionalText,
  requiredText,
  typeOf,
} from './bind-arguments.ts'
import { quoteName } from './quote-name.ts'
import {
  defaultInclude,
  type PartPolicy,
  type RelationState,
  relationParts,
  relationState,
  renderRelation,
  wholeInclude,
} from './relation-state.ts'

/** A relation by its name, with what is known of it. */
export interface KnownRelation extends RelationName {
  readonly database?: string
  /** `table`, `view`, `materialized_view`; `cte` prints the name alone, unquoted. */
  readonly type?: string | null
  /** The database is printed as well. */
  readonly whole?: boolean
  /** Printed in the place of the name. */
  readonly mark?: string | null
}

const states = new WeakMap<HostObject, RelationState>()
/** The references behind the relation values that templates hold, for `increment()`. */
const references = new WeakMap<HostObject, Reference>()

/** A relation as templates see it: prints its quoted schema and name, and tells its parts. */
export function relationValue(relation: KnownRelation, reference: Reference | null): HostObject {
  const { database = null, schema, name, type = null, whole = false, mark = null } = relation
  const state =
    type === 'cte'
      ? relationState({ identifier: name, type, quote: { ...noParts, database: true, schema: true } })
      : relationState({
          database,
          schema,
          identifier: name,
          type,
          include: whole ? wholeInclude : defaultInclude,
          mark,
        })
  const value = relationFromState(state)
  if (reference !== null) references.set(value, reference)
  return value
}

/** What a relation value was made from; undefined for `this` and for values that are no relations. */
export function referenceOf(value: HostObject): Reference | undefined {
  return references.get(value)
}

/** What a relation value stands for; null for every other value. */
export function relationOfValue(value: Value | undefined): RelationState | null {
  return isObject(value) ? (states.get(value) ?? null) : null
}

/** The same, for an argument that must be one. Throws `TemplateError`. */
export function relationArgument(value: Value | undefined, caller: string, name: string): RelationState {
  const state = relationOfValue(value)
  if (state !== null) return state
  throw new TemplateError(`${caller}() needs its argument "${name}" as a relation, not ${typeOf(value)}`, {
    code: 'TEMPLATE_TYPE',
    hint: 'Give it a ref(), a source(), `this`, or what adapter.get_relation() found.',
  })
}

const noParts: PartPolicy = { database: false, schema: false, identifier: false }

export function relationFromState(state: RelationState): HostObject {
  const value: HostObject = hostObject({
    type: 'relation',
    attribute: (name) => attributes.get(name)?.(state, value),
    names: () => attributes.keys(),
    text: () => state.mark ?? renderRelation(state),
    // A session sees one database: whether it is printed makes no other relation.
    identity: renderRelation({ ...state, include: { ...state.include, database: false } }),
    mapping: true,
  })
  states.set(value, state)
  return value
}

type Attribute = (state: RelationState, self: HostObject) => Value
type Method = (state: RelationState, args: HostArguments, self: HostObject) => Value

const fields: { readonly [name: string]: Attribute } = {
  database: (state) => state.database,
  schema: (state) => state.schema,
  identifier: (state) => state.identifier,
  name: (state) => state.identifier,
  table: (state) => state.identifier,
  alias: (state) => state.identifier,
  type: (state) => state.type,
  is_table: (state) => state.type === 'table',
  is_view: (state) => state.type === 'view',
  is_materialized_view: (state) => state.type === 'materialized_view',
  is_cte: (state) => state.type === 'cte',
  is_function: (state) => state.type === 'function',
  is_pointer: () => false,
  can_be_renamed: (state) => state.type === 'table' || state.type === 'view',
  can_be_replaced: (state) => state.type === 'table' || state.type === 'view',
  information_schema_view: (state) => state.view,
  include_policy: (state) => policyValue(state.include),
  quote_policy: (state) => policyValue(state.quote),
  quote_character: () => '"',
  Table: () => 'table',
  View: () => 'view',
  CTE: () => 'cte',
  MaterializedView: () => 'materialized_view',
  External: () => 'external',
}

const methods: { readonly [name: string]: Method } = {
  render: (state) => renderRelation(state),
  include(state, args, self) {
    const include = changePolicy(state.include, args, 'relation.include')
    return sameReference(self, relationFromState({ ...state, include }))
  },
  quote(state, args, self) {
    const quote = changePolicy(state.quote, args, 'relation.quote')
    return sameReference(self, relationFromState({ ...state, quote }))
  },
  without_identifier: (state) =>
    relationFromState({
      ...state,
      mark: null,
      identifier: null,
      include: { ...state.include, identifier: false },
    }),
  replace_path(state, args) {
    const [database, schema, identifier] = bindArguments(args, 'relation.replace_path', relationParts)
    return relationFromState({
      ...state,
      mark: null,
      database: database === undefined ? state.database : optionalText(database),
      schema: schema === undefined ? state.schema : optionalText(schema),
      identifier: identifier === undefined ? state.identifier : optionalText(identifier),
    })
  },
  incorporate(state, args) {
    const names = ['path', 'type', 'include_policy', 'quote_policy']
    const [path, type, include, quote] = bindArguments(args, 'relation.incorporate', names)
    return relationFromState({
      ...state,
      ...pathOf(path),
      type: type === undefined ? state.type : optionalText(type),
      include: { ...state.include, ...flagsOf(include) },
      quote: { ...state.quote, ...flagsOf(quote) },
    })
  },
  information_schema(state, args) {
    const [view] = bindArguments(args, 'relation.information_schema', ['view_name'])
    return informationSchema(state, typeof view === 'string' ? view : null)
  },
  information_schema_only: (state) => informationSchema(state, null),
  matches(state, args) {
    const wanted = bindArguments(args, 'relation.matches', relationParts)
    return relationParts.every((part, index) => {
      const name = optionalText(wanted[index])
      return name === null || name === state[part]
    })
  },
  quoted(_state, args) {
    const [identifier] = bindArguments(args, 'relation.quoted', ['identifier'], 1)
    return quoteName(requiredText(identifier, 'relation.quoted', 'identifier'))
  },
  get(_state, args, self) {
    const [key, fallback] = bindArguments(args, 'relation.get', ['key', 'default'], 1)
    // Macro packages tell a relation from other values by this.
    if (key === 'metadata') return dict([['type', 'PostgresRelation']])
    return (typeof key === 'string' ? self.attribute(key) : undefined) ?? fallback ?? null
  },
  relation_max_name_length: () => maxIdentifierBytes,
  with_suffix(state, args) {
    const [suffix] = bindArguments(args, 'relation.with_suffix', ['suffix'], 1)
    const text = requiredText(suffix, 'relation.with_suffix', 'suffix')
    return relationFromState({ ...state, mark: null, identifier: deriveName(state.identifier ?? '', text) })
  },
}

const attributes: ReadonlyMap<string, Attribute> = new Map([
  ...Object.entries(fields),
  ...Object.entries(methods).map(([name, method]): [string, Attribute] => [
    name,
    (state, self) => hostFunction(name, (args) => method(state, args, self)),
  ]),
])

function informationSchema(state: RelationState, view: string | null): Value {
  return relationFromState({
    ...state,
    schema: null,
    identifier: 'information_schema',
    type: 'view',
    include: { ...state.include, identifier: true },
    quote: { ...state.quote, identifier: false },
    view,
    mark: null,
  })
}

/** What is only printed otherwise still stands for the same node. */
function sameReference(from: HostObject, to: HostObject): HostObject {
  const reference = references.get(from)
  if (reference !== undefined) references.set(to, reference)
  return to
}

function changePolicy(policy: PartPolicy, args: HostArguments, caller: string): PartPolicy {
  const [database, schema, identifier] = bindArguments(args, caller, relationParts)
  return {
    database: optionalFlag(database) ?? policy.database,
    schema: optionalFlag(schema) ?? policy.schema,
    identifier: optionalFlag(identifier) ?? policy.identifier,
  }
}

/** A policy as templates read it: `.schema`, `.get_part('schema')`. */
export function policyValue(policy: PartPolicy): Value {
  const find = (name: Value | undefined): Value => {
    const part = relationParts.find((one) => one === name)
    return part === undefined ? null : policy[part]
  }
  return hostObject({
    type: 'policy',
    attributes: { ...policy, get_part: hostFunction('get_part', (args) => find(args.positional[0])) },
  })
}

function pathOf(value: Value | undefined): Partial<RelationState> {
  return mapParts(value, (part) => (part === null ? null : optionalText(part)))
}

/** The policy that `api.Relation.create(quote_policy={…})` names. */
export function flagsOf(value: Value | undefined): Partial<PartPolicy> {
  return mapParts(value, (part) => optionalFlag(part) ?? true)
}

function mapParts<T>(value: Value | undefined, convert: (part: Value) => T): { [part: string]: T } {
  const found: { [part: string]: T } = {}
  if (!isDict(value)) return found
  for (const part of relationParts) {
    const entry = getEntry(value, part)
    if (entry !== undefined) found[part] = convert(entry)
  }
  return found
}

function isDict(value: Value | undefined): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'dict'
}
