import {
  type Answer,
  type CompiledSelect,
  type Diagnostic,
  hasErrors,
  type NodeId,
  quoteIdentifier,
  type RelationName,
  type Tally,
} from '@strata/core'
import { type Piece, slicePieces, type Value } from '../template/index.ts'
import { isTypeScript } from '../typescript/index.ts'
import { type Asked, AskSignal, answering } from './ask.ts'
import type { Draft } from './draft.ts'
import { type CteSource, injectCtes } from './ephemeral.ts'
import { incrementMark, keysMark, toFragments, windowMark } from './fragments.ts'
import type { Config } from './merge-config.ts'
import { isMicrobatch } from './microbatch-config.ts'
import type { References, Resolved, Viewer } from './references.ts'
import type { Reference, ReferencedRelation, RenderScope, ScopeOverrides } from './render-scope.ts'
import type { Renderer } from './renderer.ts'
import { referredPieces, statementPieces } from './statement-pieces.ts'
import { type TemplateBatch, withBatch } from './template-batch.ts'

/** A node's template with all that its rendering depends on, once the graph is known. */
export interface Renderable {
  readonly id: NodeId
  readonly draft: Draft
  readonly viewer: Viewer
  /** `this`; null: the node has no relation. */
  readonly self: RelationName | null
  readonly config: Config
  /** Has an incremental form beside the full one. */
  readonly incremental: boolean
  readonly model: () => Value
  /** Told what the template declares while it is rendered, for templates that are not drafted before. */
  readonly observe?: {
    reference(reference: Reference): void
    configure(options: Config): void
  }
}

export interface RenderServices {
  readonly renderer: Renderer
  readonly references: References
  /** The ephemeral model of an id, to be put before the SQL of those that refer to it. */
  readonly ephemeral: (id: NodeId) => Renderable | undefined
  readonly log: (message: string) => void
  /** A template that fails while it executes fails its own step alone. */
  readonly forgiving: boolean
  /** Of a model that is built in batches, in its incremental form; absent: it is rendered for none. */
  readonly batch?: TemplateBatch | 'later' | undefined
  /** What stands in the place of relations and values in a unit test; absent: nothing. */
  readonly standIns?: StandIns
  /** Note where each part of the text was written. */
  readonly trace?: boolean
}

export interface StandIns {
  /** Null for an ephemeral model that stands for itself. */
  relation(found: Resolved, reference: Reference): ReferencedRelation | null
  self(node: Renderable): RenderScope['self']
  readonly overrides: ScopeOverrides
}

export interface RenderedNode {
  /** Null: it asks the database and can only be rendered at its step. */
  readonly select: CompiledSelect | null
  /** Ids of the macros that it looked up, in order of first use. */
  readonly macros: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
  /** Of a built-in test, where its SQL is that and nothing else. */
  readonly tally?: Tally
}

/** Renders a node without a database: whole, and in its incremental form where it has one. */
export function renderNode(node: Renderable, services: RenderServices): RenderedNode {
  const { draft, self, config, incremental, viewer } = node
  const { cache, recorder } = services.renderer
  const inputs = [node.id, draft.file.path, draft.file.text, self, config, incremental, viewer]
  const kept = cache.remember('select', inputs, () => recorder.record(() => renderAnew(node, services)))
  if (node.observe !== undefined) {
    for (const reference of kept.references) node.observe.reference(reference)
    node.observe.configure(kept.configured)
  }
  for (const message of kept.logged) services.log(message)
  return kept
}

interface KeptNode extends RenderedNode {
  /** What a finished template has said; one that is rendered again at its step says it there. */
  readonly logged: readonly string[]
  readonly references: readonly Reference[]
  readonly configured: Config
}

function renderAnew(node: Renderable, services: RenderServices): KeptNode {
  const diagnostics: Diagnostic[] = []
  const macros = new Set<string>()
  const references: Reference[] = []
  const logged: string[] = []
  let configured: Config = {}
  let tally: Tally | undefined
  const observed: Renderable = {
    ...node,
    observe: {
      reference: (reference) => references.push(reference),
      configure: (options) => {
        configured = { ...configured, ...options }
      },
    },
  }
  const render = (isIncremental: boolean): string => {
    // The second form says again what the first one said.
    const log = (message: string) => {
      if (!isIncremental) logged.push(message)
    }
    const rendered = renderText(observed, isIncremental, answering([]), { ...services, log, batch: 'later' })
    diagnostics.push(...rendered.diagnostics)
    for (const id of rendered.macros) macros.add(id)
    tally = rendered.tally
    return rendered.text
  }
  const finish = (select: CompiledSelect | null): KeptNode => ({
    select,
    macros: [...macros],
    diagnostics,
    ...(select === null || tally === undefined ? {} : { tally }),
    logged: select === null || (services.forgiving && hasErrors(diagnostics)) ? [] : logged,
    // Drafted nodes have declared both before.
    references: node.observe === undefined ? [] : references,
    configured: node.observe === undefined ? {} : configured,
  })
  try {
    const full = render(false)
    if (!node.incremental) return finish({ full, increment: null })
    const differs = node.draft.increments.length > 0 || isMicrobatch(node.config) || usesIsIncremental(node)
    const second = differs ? render(true) : full
    return finish({ full, increment: toFragments(second) })
  } catch (signal) {
    if (!(signal instanceof AskSignal)) throw signal
    for (const id of node.draft.macros) macros.add(id)
    return finish(null)
  }
}

/** A macro may ask `is_incremental()` as well: its text is looked at too. */
function usesIsIncremental(node: Renderable): boolean {
  const { file, macros } = node.draft
  return isTypeScript(file.path) || /\bis_incremental\b/.test(file.text) || macros.length > 0
}

/**
 * Renders one form of a node at its step, with the answers that the database has given so far. Throws `AskSignal` for the
 * next question.
 */
export function renderLate(
  node: Renderable,
  isIncremental: boolean,
  asked: readonly Asked[],
  services: RenderServices,
): { readonly select: CompiledSelect; readonly diagnostics: readonly Diagnostic[] } {
  const { text, diagnostics } = renderText(node, isIncremental, answering(asked), services)
  const select = isIncremental ? { full: '', increment: toFragments(text) } : { full: text, increment: null }
  return { select, diagnostics }
}

interface RenderedText {
  readonly text: string
  readonly tally?: Tally | undefined
  readonly macros: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
  /** Where the text was written; null: not known, or not asked for. */
  readonly pieces: readonly Piece[] | null
}

/** Renders one form of a node, with the ephemeral models that it refers to before it. */
export function renderText(
  node: Renderable,
  isIncremental: boolean,
  ask: (sql: string) => Answer,
  services: RenderServices,
): RenderedText {
  const ctes = new Map<NodeId, CteSource>()
  const own = renderAlone(node, isIncremental, ask, services, ctes)
  const parts = injectCtes(own.text, [...ctes.values()])
  return {
    text: parts.length === 1 ? own.text : parts.map(({ text }) => text).join(''),
    pieces: own.pieces === null ? null : statementPieces(parts, own.pieces),
    tally: ctes.size === 0 ? own.tally : undefined,
    macros: own.macros,
    diagnostics: own.diagnostics,
  }
}

/** What a reference is looked up by, as text. */
function referenceKey(reference: Reference, { packageName, group }: Viewer): string {
  return reference.kind === 'ref'
    ? JSON.stringify([packageName, group, reference.packageName, reference.name, reference.version])
    : JSON.stringify([packageName, group, reference.sourceName, reference.tableName])
}

/** Lets the cache look up references, so that what was rendered with other relations is rendered again. */
export function lookUpReferences(services: RenderServices): void {
  const location = { file: '', line: 1, column: 1 }
  services.renderer.cache.lookUp('reference', (key) => {
    const [packageName, group, ...rest] = JSON.parse(key) as [string, string | null, ...(string | null)[]]
    const reference: Reference =
      rest.length === 3
        ? { kind: 'ref', packageName: rest[0]!, name: rest[1]!, version: rest[2]!, location }
        : { kind: 'source', sourceName: rest[0]!, tableName: rest[1]!, location }
    return versionOf(services.references.find(reference, { packageName, group }), services)
  })
}

/** All of what a reference leads to that its text depends on; of an ephemeral model its own file as well. */
function versionOf(found: Resolved | null, services: RenderServices): string {
  if (found === null) return ''
  const parent = found.ephemeral ? services.ephemeral(found.id) : undefined
  const { id, relation, ephemeral, eventTime } = found
  return JSON.stringify([id, relation, ephemeral, eventTime, parent?.draft.file.text, parent?.config])
}

/** The node's own text; the ephemeral models that it refers to are added to `ctes`, those that they refer to before them. */
function renderAlone(
  node: Renderable,
  isIncremental: boolean,
  ask: (sql: string) => Answer,
  services: RenderServices,
  ctes: Map<NodeId, CteSource>,
): RenderedText {
  const { renderer, references } = services
  const macros = new Set<string>()
  const diagnostics: Diagnostic[] = []
  let told: { readonly sql: string; readonly tally: Tally } | undefined
  const scope: RenderScope = {
    packageName: node.viewer.packageName,
    nodeId: node.id,
    onTally(sql, tally) {
      told = { sql, tally }
    },
    execute: true,
    isIncremental,
    self: services.standIns === undefined ? node.self : services.standIns.self(node),
    ...(services.standIns === undefined ? {} : { overrides: services.standIns.overrides }),
    config: node.config,
    model: () => {
      const { batch } = services
      const isOne = isIncremental && batch !== undefined && isMicrobatch(node.config)
      return isOne ? withBatch(node.model(), batch) : node.model()
    },
    names: node.draft.names,
    ask,
    trace: services.trace,
    configure: (options) => node.observe?.configure(options),
    log: services.log,
    onMacro: (id) => macros.add(id),
    resolve(reference) {
      node.observe?.reference(reference)
      const found = references.find(reference, node.viewer)
      renderer.recorder.read('reference', referenceKey(reference, node.viewer), versionOf(found, services))
      if (found === null) return { schema: '', name: '', cte: false }
      const standIn = services.standIns?.relation(found, reference)
      if (standIn) return standIn
      if (!found.ephemeral) {
        const { id, relation, eventTime } = found
        const window = isIncremental && isMicrobatch(node.config) && eventTime !== null
        return window
          ? { ...relation, cte: false, mark: windowMark(id, eventTime, relation) }
          : { ...relation, cte: false }
      }
      const known = ctes.get(found.id)
      if (known !== undefined) return { schema: '', name: known.name, cte: true }
      const name = cteName(found, [...ctes.values()])
      const parent = services.ephemeral(found.id)
      if (parent !== undefined) {
        // Keeps the name from others, then stands behind what it refers to itself.
        ctes.set(found.id, { name, sql: '' })
        const rendered = renderAlone(parent, false, ask, { ...services, log() {} }, ctes)
        diagnostics.push(...rendered.diagnostics)
        ctes.delete(found.id)
        const pieces = rendered.pieces && referredPieces(rendered.pieces, found, reference.location)
        ctes.set(found.id, { name, sql: rendered.text, pieces })
      }
      return { schema: '', name, cte: true }
    },
    increment(reference, _relation, _location, keys) {
      const found = references.find(reference, node.viewer)
      if (found === null) return ''
      const standIn = services.standIns?.relation(found, reference)
      if (standIn) {
        const given = standIn.cte ? standIn.name : renderer.relationText(standIn)
        return keys === null ? given : `select distinct ${quoteIdentifier(keys.column)} from ${given}`
      }
      const relation = renderer.relationText(found.relation)
      if (keys === null) return isIncremental ? incrementMark(found.id) : relation
      return isIncremental
        ? keysMark(found.id, keys.column)
        : `select distinct ${quoteIdentifier(keys.column)} from ${relation}`
    },
  }
  const rendered = renderer.render(node.draft.template(), scope)
  const whole = rendered.text ?? ''
  const text = asSubquery(whole)
  const start = whole.length - whole.trimStart().length
  return {
    text,
    pieces: rendered.pieces ? slicePieces(rendered.pieces, start, start + text.length) : null,
    // What a macro of the project made more of is counted by its SQL.
    tally: told !== undefined && asSubquery(told.sql) === text ? told.tally : undefined,
    macros,
    diagnostics: [...diagnostics, ...rendered.diagnostics],
  }
}

/** Versions, and models of one name in two packages, are different expressions. */
function cteName({ name, id }: Resolved, taken: readonly CteSource[]): string {
  const plain = `__dbt__cte__${name}`
  if (taken.every((cte) => cte.name !== plain)) return plain
  return `__dbt__cte__${id.split('.').slice(1).join('__')}`
}

/** A SELECT becomes part of other statements: no blank lines around it, and no semicolon behind it. */
function asSubquery(sql: string): string {
  return sql.trim().replace(/(\s*;)+$/, '')
}
