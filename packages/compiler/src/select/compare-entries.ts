import { comparable } from './comparable.ts'
import { contractBreaks, type Promised } from './contract-breaks.ts'
import { asObject, type JsonObject, objectIn } from './previous-state.ts'

/** One node in two manifests. */
export interface EntryPair {
  readonly before: JsonObject
  readonly after: JsonObject
  /** Both were written by the same tool. */
  readonly sameTool: boolean
}

/** Where a relation is and how nodes are grouped and found is no matter of how a node is built. */
const beside = new Set(['alias', 'schema', 'database', 'tags', 'group'])

/** A test is what it asks; the rest of its configuration is about itself. */
const ofTests = new Set([
  'severity',
  'where',
  'limit',
  'fail_calc',
  'warn_if',
  'error_if',
  'store_failures',
  'store_failures_as',
])

/** The text of a node: the file of a model, the bytes of a seed, the rows of a unit test, the work of a job. */
export function sameBody(pair: EntryPair): boolean {
  const type = pair.after['resource_type']
  if (type === 'seed') return comparable(checksum(pair.before)) === comparable(checksum(pair.after))
  if (type === 'unit_test') {
    if (pair.sameTool && checksum(pair.before) && checksum(pair.after))
      return comparable(checksum(pair.before)) === comparable(checksum(pair.after))
    return sameMembers(pair, ['model', 'given', 'expect', 'expects', 'overrides'])
  }
  // The call of a generic test is written by the tool, and its arguments are part of its name.
  if (type === 'test' && pair.after['attached_node'] && !pair.sameTool) return true
  if (String(pair.after['unique_id']).startsWith('job.')) {
    return comparable(pair.before) === comparable(pair.after)
  }
  // A file in TypeScript is changed by what it imports as well.
  const imports = pair.sameTool && pair.after['language'] === 'typescript'
  return sameMembers(pair, imports ? ['raw_code', 'checksum'] : ['raw_code'])
}

export function sameConfig(pair: EntryPair): boolean {
  const [before, after] = configs(pair)
  const isTest = pair.after['resource_type'] === 'test'
  return Object.keys({ ...before, ...after })
    .filter((key) => (isTest ? ofTests.has(key) : !beside.has(key)))
    .filter((key) => pair.sameTool || (key in before && key in after))
    .every((key) => comparable(before[key]) === comparable(after[key]))
}

/** Descriptions count where they are written to the database. */
export function sameDescriptions(pair: EntryPair): boolean {
  const persisted = objectIn(objectIn(pair.after, 'config'), 'persist_docs')
  if (persisted['relation'] === true && !sameMembers(pair, ['description'])) return false
  if (persisted['columns'] !== true) return true
  const descriptions = (entry: JsonObject) =>
    Object.entries(objectIn(entry, 'columns')).map(([name, column]) => [
      name,
      asObject(column)?.['description'],
    ])
  return (
    comparable(Object.fromEntries(descriptions(pair.before))) ===
    comparable(Object.fromEntries(descriptions(pair.after)))
  )
}

/** The declared place of the relation. What a target adds to it is no change. */
export function sameRelation(pair: EntryPair): boolean {
  if (pair.after['resource_type'] === 'source') {
    const schema = 'unrendered_schema' in pair.before && 'unrendered_schema' in pair.after
    return sameMembers(pair, ['identifier', schema ? 'unrendered_schema' : 'schema'])
  }
  const [before, after] = configs(pair)
  return ['database', 'schema', 'alias'].every((key) => comparable(before[key]) === comparable(after[key]))
}

/** What an enforced contract promises: names, types and constraints of the columns. */
export function sameContract(pair: EntryPair): boolean {
  if (pair.after['resource_type'] !== 'model') return true
  const [before, after] = [isEnforced(pair.before), isEnforced(pair.after)]
  if (!before || !after) return before === after
  return comparable(promises(pair.before)) === comparable(promises(pair.after))
}

/** What of an enforced contract no longer holds, for people. */
export function brokenPromises({ before, after }: EntryPair): readonly string[] {
  if (!isEnforced(before)) return []
  return contractBreaks(promisedBy(before), promisedBy(after))
}

/** Constraints of a view are enforced by nobody. */
function promisedBy(entry: JsonObject): Promised {
  const columns = Object.entries(objectIn(entry, 'columns'))
  const materialized = objectIn(entry, 'config')['materialized']
  const rules = ['table', 'incremental'].includes(String(materialized))
    ? [...columns.flatMap(([name, column]) => rulesOf(asObject(column), name)), ...rulesOf(entry, null)]
    : []
  return {
    columns: isEnforced(entry)
      ? columns.map(([name, column]) => ({ name, type: String(asObject(column)?.['data_type'] ?? '') }))
      : null,
    constraints: rules,
  }
}

function rulesOf(holder: JsonObject | null, column: string | null): readonly string[] {
  const constraints = holder?.['constraints']
  if (!Array.isArray(constraints)) return []
  return constraints.map((one) => {
    const constraint = asObject(one) ?? {}
    const list = column ?? (Array.isArray(constraint['columns']) ? constraint['columns'].join(', ') : '')
    const says = [constraint['expression'], constraint['to'], constraint['to_columns']].flat().filter(Boolean)
    return `${String(constraint['type'])} (${list})${says.length === 0 ? '' : ` ${says.join(' ')}`}`
  })
}

/** What else makes a node another one. */
export function sameRest(pair: EntryPair): boolean {
  const type = pair.after['resource_type']
  const isTest = type === 'test' || type === 'unit_test'
  if (!(isTest && !pair.sameTool) && !sameMembers(pair, ['fqn'])) return false
  if (type === 'model') {
    const access = (entry: JsonObject) => entry['access'] ?? 'protected'
    return (
      sameMembers(pair, ['latest_version', 'deprecation_date']) && access(pair.before) === access(pair.after)
    )
  }
  if (type === 'source') return sameMembers(pair, ['freshness', 'loaded_at_field', 'external', 'quoting'])
  if (type !== 'exposure') return true
  const parents = (entry: JsonObject) => {
    const nodes = objectIn(entry, 'depends_on')['nodes']
    return Array.isArray(nodes) ? nodes.map(String).sort() : []
  }
  return (
    sameMembers(pair, ['type', 'owner', 'maturity', 'url', 'description', 'label']) &&
    comparable(parents(pair.before)) === comparable(parents(pair.after))
  )
}

function sameMembers({ before, after }: EntryPair, keys: readonly string[]): boolean {
  return keys.every((key) => comparable(before[key]) === comparable(after[key]))
}

/** What was declared, where both manifests say it, for what was made of it may depend on the environment. */
function configs({ before, after }: EntryPair): readonly [JsonObject, JsonObject] {
  const declared = [before, after].map((entry) => asObject(entry['unrendered_config']))
  const says = declared.some((config) => config !== null && Object.keys(config).length > 0)
  if (says && declared[0] && declared[1]) return [declared[0], declared[1]]
  return [objectIn(before, 'config'), objectIn(after, 'config')]
}

/** dbt wraps it with the name of its algorithm. */
function checksum(entry: JsonObject): unknown {
  const value = entry['checksum']
  return asObject(value)?.['checksum'] ?? value
}

function isEnforced(entry: JsonObject): boolean {
  const contract = asObject(entry['contract']) ?? objectIn(objectIn(entry, 'config'), 'contract')
  return contract['enforced'] === true
}

function promises(entry: JsonObject): unknown {
  const columns = Object.entries(objectIn(entry, 'columns')).map(([name, value]) => {
    const column = asObject(value)
    return [
      name,
      { type: String(column?.['data_type'] ?? '').toLowerCase(), constraints: column?.['constraints'] },
    ]
  })
  return { columns: Object.fromEntries(columns), constraints: entry['constraints'] }
}
