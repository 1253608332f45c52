import type { RelationName } from '@strata/core'
import { sharedRelations } from './shared-relations.ts'
import type { Truth } from './truth.ts'

interface TrueRelation {
  readonly relation: RelationName
  /** As uses name it. */
  readonly text: string
  readonly names: readonly string[]
}

/** The relations that the query of a truth can read. */
export function relationsOf({ relations = {} }: Pick<Truth, 'relations'>): readonly TrueRelation[] {
  return Object.entries({ ...sharedRelations, ...relations }).map(([text, definition]) => {
    const [schema, name] = text.includes('.') ? (text.split('.') as [string, string]) : ['public', text]
    return {
      relation: { schema, name },
      text: useText(text),
      names: definition.split(', ').map(nameOf),
    }
  })
}

/** A name as it stands in uses, which are separated by spaces. */
export function useText(name: string): string {
  return name.replaceAll(' ', '_')
}

function nameOf(column: string): string {
  return /^"([^"]+)"/.exec(column)?.[1] ?? column.split(' ')[0]!
}
