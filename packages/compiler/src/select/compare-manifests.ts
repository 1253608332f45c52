import { ConfigurationError, displayLocation, type Graph, type Node, toManifest } from '@strata/core'
import { comparable } from './comparable.ts'
import {
  brokenPromises,
  type EntryPair,
  sameBody,
  sameConfig,
  sameContract,
  sameDescriptions,
  sameRelation,
  sameRest,
} from './compare-entries.ts'
import { artifactId, asObject, type JsonObject, objectIn } from './previous-state.ts'

export const aspects = [
  'new',
  'old',
  'modified',
  'unmodified',
  'modified.body',
  'modified.configs',
  'modified.persisted_descriptions',
  'modified.relation',
  'modified.macros',
  'modified.contract',
] as const

export type Aspect = (typeof aspects)[number]

export interface ManifestComparison {
  is(node: Node, aspect: Aspect): boolean
}

/** Packages whose macros come with dbt itself; only its own manifests hold them. */
const builtIn = /^macro\.(dbt|dbt_\w+_adapter|dbt_postgres)\./

/**
 * Compares the nodes of a graph with an earlier manifest, ours or dbt's. A manifest of the other tool holds other defaults and
 * other texts of generic tests: there only what both of them declare is compared.
 */
export function compareManifests(
  graph: Graph,
  previous: JsonObject,
  current: JsonObject = toManifest(graph, { generatedAt: '', invocationId: '', strataVersion: '' }),
): ManifestComparison {
  const old = entriesOf(previous)
  const now = entriesOf(current)
  const sameTool = toolOf(previous) === toolOf(current)
  const changedMacros = macrosChanged(graph, previous)
  const pairs = new Map<string, EntryPair | null>()

  /** Null: the node is new. */
  function pairOf(node: Node): EntryPair | null {
    const id = artifactId(node.id)
    let pair = pairs.get(id)
    if (pair === undefined) {
      const before = old.find(id)
      const after = now.find(id)
      pair = before === null ? null : { before, after: after ?? before, sameTool }
      pairs.set(id, pair)
    }
    return pair
  }

  function macroChanged(node: Node): boolean {
    if (changedMacros.size === 0) return false
    const called = 'macros' in node ? [...(node.macros ?? []), ...(node.calls ?? [])] : []
    return reaches(called, changedMacros, objectIn(current, 'macros'))
  }

  function modified(node: Node, pair: EntryPair): boolean {
    const same = [sameBody, sameConfig, sameDescriptions, sameRelation, sameContract, sameRest]
    return same.some((compare) => !compare(pair)) || macroChanged(node)
  }

  return {
    is(node, aspect) {
      const pair = pairOf(node)
      if (aspect === 'new') return pair === null
      if (aspect === 'old') return pair !== null
      if (aspect === 'modified.macros') return macroChanged(node)
      if (pair === null) return aspect !== 'unmodified'
      if (aspect === 'modified' || aspect === 'modified.contract') refuseBrokenContract(node, pair)
      if (aspect === 'modified') return modified(node, pair)
      if (aspect === 'unmodified') return !modified(node, pair)
      if (aspect === 'modified.body') return !sameBody(pair)
      if (aspect === 'modified.configs') return !sameConfig(pair)
      if (aspect === 'modified.relation') return !sameRelation(pair)
      if (aspect === 'modified.contract') return !sameContract(pair)
      return !sameDescriptions(pair)
    },
  }
}

/** Others read a version of a model for what it promised: a change that breaks it is another version. As in dbt. */
function refuseBrokenContract(node: Node, pair: EntryPair): void {
  if (node.kind !== 'model' || node.version === null) return
  const breaks = brokenPromises(pair)
  if (breaks.length === 0) return
  throw new ConfigurationError({
    code: 'CONTRACT_BROKEN',
    message: `${node.name} (version ${node.version}, ${displayLocation(node.location)}) breaks its contract: ${breaks.join('; ')}`,
    hint: 'Keep what the contract promised, or make the change in a new version of the model.',
  })
}

interface Entries {
  find(id: string): JsonObject | null
}

function entriesOf(manifest: JsonObject): Entries {
  const byId = new Map<string, JsonObject>()
  const tests = new Map<string, JsonObject | null>()
  for (const section of ['nodes', 'sources', 'exposures', 'unit_tests', 'jobs']) {
    for (const [id, value] of Object.entries(objectIn(manifest, section))) {
      const entry = asObject(value)
      if (entry === null) continue
      for (const [itsId, itsEntry] of withJob(id, entry)) byId.set(itsId, itsEntry)
      const name = testName(id)
      if (name !== null) tests.set(name, tests.has(name) ? null : entry)
    }
  }
  return {
    find(id) {
      const name = testName(id)
      return byId.get(id) ?? (name === null ? null : (tests.get(name) ?? null))
    },
  }
}

/** In our manifests a source's configuration holds the job that lands it. */
function withJob(id: string, entry: JsonObject): readonly (readonly [id: string, entry: JsonObject])[] {
  const { job, ...config } = objectIn(entry, 'config')
  const found = entry['resource_type'] === 'source' ? asObject(job) : null
  return found === null
    ? [[id, entry]]
    : [
        [id, { ...entry, config }],
        [String(found['unique_id']), found],
      ]
}

/** The id of a generic test ends in a hash that each tool makes in its own way: without it a test is known by its name. */
function testName(id: string): string | null {
  return /^(test\..*)\.[0-9a-f]{10}$/.exec(id)?.[1] ?? null
}

function toolOf(manifest: JsonObject): string {
  return 'strata_version' in objectIn(objectIn(manifest, 'metadata'), 'env') ? 'strata' : 'dbt'
}

function macrosChanged(graph: Graph, previous: JsonObject): ReadonlySet<string> {
  const before = objectIn(previous, 'macros')
  const changed = (graph.macros ?? []).filter(({ id, text }) => {
    const entry = asObject(before[id])
    if (entry === null) return !builtIn.test(id)
    return comparable(entry['macro_sql']) !== comparable(text)
  })
  const known = new Set((graph.macros ?? []).map(({ id }) => id))
  const removed = Object.keys(before).filter((id) => !known.has(id) && !builtIn.test(id))
  return new Set([...changed.map(({ id }) => id), ...removed])
}

/** Whether any of the macros, or one that they call, is among the changed. */
function reaches(called: readonly string[], changed: ReadonlySet<string>, macros: JsonObject): boolean {
  const seen = new Set<string>()
  const waiting = [...called]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    if (changed.has(id)) return true
    const calls = objectIn(asObject(macros[id]), 'depends_on')['macros']
    if (Array.isArray(calls)) waiting.push(...calls.map(String))
  }
  return false
}
