import type { NodeId, RelationName } from '@strata/core'
import type { Value } from '../template/index.ts'
import type { Draft } from './draft.ts'
import type { Config } from './merge-config.ts'
import type { References, Resolved, Viewer } from './references.ts'
import type { Reference, ReferencedRelation, RenderScope, ScopeOverrides } from './render-scope.ts'
import type { Renderer } from './renderer.ts'
import type { TemplateBatch } from './template-batch.ts'

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
