import type { DataTestNode } from '@strata/core'
import type { DraftedProject } from './draft-project.ts'
import type { PackageProject } from './package-project.ts'
import type { GraphRenderer } from './render-graph.ts'
import type { Renderable, RenderServices } from './renderable.ts'
import type { Resolution } from './resolution.ts'

/** A data test with what renders it. */
export interface DraftedTest {
  readonly node: DataTestNode
  readonly renderable: Renderable
}

export interface TestInputs {
  readonly package_: PackageProject
  readonly drafted: DraftedProject
  readonly resolution: Resolution
  readonly services: RenderServices
  readonly graphRenderer: GraphRenderer
}

/** The SQL of a test that has none yet. */
export const unrendered = { select: { full: '', increment: null }, late: false, macros: [] } as const
