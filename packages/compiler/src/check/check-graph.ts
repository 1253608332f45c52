import type { Diagnostic, NodeId, Queryable, Session } from '@strata/core'
import { quoteIdentifier } from '@strata/core'
import { relationNames } from '../graph/relation-names.ts'
import { loadSqlParser } from '../sql/parse-sql.ts'
import type { CheckedGraph, CheckOptions, Scratch } from './checked-graph.ts'
import { compareContract } from './compare-contracts.ts'
import { type Asked, concludeCheck } from './conclude-check.ts'
import { excuseRefusals } from './excuse-refusals.ts'
import { givenColumns, type Looked, lookUpSources } from './given-columns.ts'
import { readKept } from './kept-check.ts'
import { madeByProject } from './made-by-project.ts'
import type { NodeState } from './node-states.ts'
import { ownKeys } from './own-key.ts'
import { enforcedColumns } from './pieces.ts'
import { isSystemRelation } from './relation-columns.ts'
import { runHookDefinitions } from './run-hook-definitions.ts'
import { type Subject, subjectsOf } from './subjects.ts'
import {
  callableNames,
  createExtensions,
  createNamed,
  isOnTarget,
  readTargetFacts,
  type TargetObject,
} from './target-catalog.ts'
import { type Typing, type TypingInputs, typeNodes } from './type-nodes.ts'

/** For what has no relation of its own. */
const sideSchema = 'strata_check'

/**
 * Types a graph on an empty scratch database: sources and seeds as empty tables, models as views. What was right the last time
 * and reads the same columns is taken as it was; where that is everything nothing is opened. Throws nothing for what a user
 * wrote; `DatabaseError` where a database fails.
 */
export async function checkGraph(options: CheckOptions): Promise<CheckedGraph> {
  const { graph, nodes, late, database } = options
  const kept = readKept(options.kept)
  const made = madeByProject(graph)
  const ownKey = ownKeys(graph, options.settings, made.key)
  const relationOf = relationNames(graph)
  const inputsFor = (subjects: readonly Subject[], looked: Looked, prefix: string | null): TypingInputs => ({
    subjects,
    kept,
    ownKey,
    relationOf,
    database,
    late,
    onParsed: options.onParsed,
    given: givenColumns(options, looked, prefix),
    side: sideOf(prefix),
    outside: (subject) => outside(subject, prefix),
  })
  const subjects = subjectsOf(graph, nodes, sideSchema)
  const asKept = await typeNodes(inputsFor(subjects, kept.looked, null), null)
  if (asKept !== null)
    return concludeCheck(options, subjects, kept, {
      ...nothingAsked,
      typing: asKept,
      versions: kept.versions,
    })

  const [scratch, target] = await Promise.all([options.openScratch(), options.openTarget(), loadSqlParser()])
  const prefix = scratch.ownPrefix
  const placed = prefix === null ? subjects : subjectsOf(graph, nodes, sideOf(prefix))
  const session = options.signal === undefined ? {} : { signal: options.signal }
  return scratch.database.session(async (session) => {
    const facts = target === null ? null : await readTargetFacts(target)
    const version = await prepareScratch(session, placed, scratch)
    if (prefix === null && facts !== null) await createExtensions(session, facts.extensions)
    if (prefix === null && graph.onRunStart.length > 0) await runHookDefinitions(session, options, placed)
    const absent = await createNamed(session, made.extensions, prefix === null)
    const looked = await lookUp(session, target, placed)
    const typing = await typeNodes(inputsFor(placed, looked, prefix), session)
    if (typing === null) throw new Error('with a session everything is typed')
    const hasDoubts = typing.refusals.length > 0 || [...typing.states.values()].some(isUnchecked)
    const callable = hasDoubts ? await callableNames(session) : new Set<string>()
    const maker = (kind: TargetObject, name: string): string | null => {
      const what = made.by(kind, name)
      if (what !== null) return `${what} makes`
      return absent.length > 0 && (kind === 'function' || kind === 'type')
        ? `may be of the extension ${absent.join(' or ')}, which is not here`
        : null
    }
    const asked: Asked = {
      typing,
      contracts: await compareContracts(session, typing, placed, sideOf(prefix)),
      callable:
        hasDoubts && target !== null ? new Set([...callable, ...(await callableNames(target))]) : callable,
      excused: await excuseRefusals(typing.refusals, async (kind, name) =>
        target !== null && (await isOnTarget(target, kind, name))
          ? "the target's database alone has"
          : maker(kind, name),
      ),
      isElsewhere: ({ kind, name }) =>
        (kind === 'unknown_function' && maker('function', name) !== null) ||
        (kind === 'unknown_relation' && maker('relation', name) !== null),
      looked,
      versions: { scratch: version, target: facts?.version ?? null },
    }
    return concludeCheck(options, placed, kept, asked)
  }, session)

  async function lookUp(
    session: Session,
    target: Queryable | null,
    placed: readonly Subject[],
  ): Promise<Looked> {
    if (prefix !== null) return lookUpSources(session, graph, placed, true)
    return target === null ? kept.looked : lookUpSources(target, graph, placed, false)
  }
}

const nothingAsked: Omit<Asked, 'typing' | 'versions'> = {
  contracts: new Map(),
  callable: new Set(),
  excused: new Map(),
  isElsewhere: () => false,
  looked: null,
}

function isUnchecked({ status }: NodeState): boolean {
  return status === 'unchecked'
}

function sideOf(prefix: string | null): string {
  return `${prefix ?? ''}${sideSchema}`
}

/** Why a node must not be made: on the user's own server nothing of ours leaves our schemas. */
function outside({ node, relation }: Subject, prefix: string | null): string | null {
  if (prefix === null || relation === null || node.kind === 'source' || relation.schema.startsWith(prefix))
    return null
  return `its schema is ${relation.schema} whatever the target is, and nothing is made there`
}

/** Returns the server's version. */
async function prepareScratch(
  session: Session,
  subjects: readonly Subject[],
  { ownPrefix }: Scratch,
): Promise<string> {
  const schemas = new Set([sideOf(ownPrefix)])
  for (const { relation } of subjects)
    if (relation !== null && !isSystemRelation(relation) && relation.schema.startsWith(ownPrefix ?? ''))
      schemas.add(relation.schema)
  const statements = [
    // Each statement is committed by itself, which the server finds worth a warning.
    'set client_min_messages = error',
    'set synchronous_commit = off',
    ...[...schemas].map((schema) => `create schema if not exists ${quoteIdentifier(schema)}`),
    "select current_setting('server_version') as version",
  ]
  const { rows } = await session.query<{ version: string }>({ text: statements.join(';\n'), script: true })
  return rows[0]!.version
}

async function compareContracts(
  session: Session,
  { states, turnOf }: Typing,
  subjects: readonly Subject[],
  side: string,
): Promise<ReadonlyMap<NodeId, readonly Diagnostic[]>> {
  const found = new Map<NodeId, readonly Diagnostic[]>()
  for (const { node, relation } of subjects) {
    const state = states.get(node.id)!
    if (node.kind !== 'model' || relation === null || state.isKept || state.status !== 'typed') continue
    if (enforcedColumns(node) === null) continue
    const view = { schema: side, name: `contract_${turnOf(node.id)}` }
    const wrong = await compareContract(session, { node, declared: relation, found: view })
    if (wrong.length === 0) continue
    state.status = 'broken'
    found.set(node.id, wrong)
  }
  return found
}
