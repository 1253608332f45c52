import { type Answer, type Diagnostic, type NodeId, quoteIdentifier, type Tally } from '@strata/core'
import { ephemeralName, longEphemeralName } from '../sql/ephemeral-name.ts'
import { type Piece, slicePieces } from '../template/index.ts'
import { type CteSource, injectCtes } from './ephemeral.ts'
import { incrementMark, keysMark, windowMark } from './fragments.ts'
import { isMicrobatch } from './microbatch-config.ts'
import { referenceKey, versionOf } from './reference-versions.ts'
import type { Resolved } from './references.ts'
import type { RenderScope } from './render-scope.ts'
import type { Renderable, RenderServices } from './renderable.ts'
import { referredPieces, statementPieces } from './statement-pieces.ts'
import { withBatch } from './template-batch.ts'

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
        return keys === null ? given : distinctKeys(keys.column, given)
      }
      const relation = renderer.relationText(found.relation)
      if (keys === null) return isIncremental ? incrementMark(found.id) : relation
      return isIncremental ? keysMark(found.id, keys.column) : distinctKeys(keys.column, relation)
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
  const plain = ephemeralName(name)
  if (taken.every((cte) => cte.name !== plain)) return plain
  return longEphemeralName(id)
}

/** A SELECT becomes part of other statements: no blank lines around it, and no semicolon behind it. */
function asSubquery(sql: string): string {
  return sql.trim().replace(/(\s*;)+$/, '')
}

/**
 * All values of a column, each once. `offset 0` keeps PostgreSQL from making them distinct in parallel workers and then once more: what
 * spills to disk there was not done after six minutes for a million of them, which one process finds in three seconds.
 */
function distinctKeys(column: string, relation: string): string {
  const key = quoteIdentifier(column)
  return `select distinct ${key} from (select ${key} from ${relation} offset 0) as whole`
}
