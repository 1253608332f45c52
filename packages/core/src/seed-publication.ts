import type { SeedStep } from './plan.ts'
import type { PublishAction, StepFacts } from './publication.ts'
import type { RelationName } from './relation.ts'

/** A column of a seed's table. */
export interface SeedColumn {
  readonly name: string
  /** SQL: inferred from the values, or as declared. */
  readonly type: string
}

/** How the table of a seed is made, once its columns are known. */
export interface SeedTable {
  /** The table that the rows go into, after `create` and before `publish`. */
  readonly into: RelationName
  readonly create: readonly PublishAction[]
  readonly publish: readonly PublishAction[]
}

/** How a seed's step publishes, decided by the facts. */
export interface SeedPublication {
  readonly action: 'build' | 'rebuild' | 'none'
  readonly reason: string
  /** Null for `none`: the file is not even read. */
  readonly tableOf: ((columns: readonly SeedColumn[]) => SeedTable) | null
}

export type MaterializeSeed = (step: SeedStep, facts: StepFacts) => SeedPublication
