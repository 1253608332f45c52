import { quoteRelation } from '@strata/core'
import type { TypedColumn } from './checked-graph.ts'
import { digestOf } from './kept-check.ts'
import type { NodeTexts } from './node-texts.ts'
import { countsOtherwise } from './pieces.ts'
import type { Subject } from './subjects.ts'

export type FindRead = (id: Subject['reads'][number]) => {
  readonly relation: Subject['relation']
  /** Null: they are not known. */
  readonly columns: readonly TypedColumn[] | null
}

/** Data tests of one key are right or wrong together: one text, on relations that look the same to it. */
export interface Likeness {
  readonly key: string
  /** All columns of the relations are in the key, not those alone that the text may name. */
  readonly isWhole: boolean
}

/** Null: nothing can be like it. */
export function likenessOf({ node, reads }: Subject, find: FindRead): Likeness | null {
  if (node.kind !== 'data_test' || node.late || reads.length === 0 || countsOtherwise(node)) return null
  let text = node.select.full
  const found = reads.map(find)
  const bare: string[] = []
  for (const [index, { relation, columns }] of found.entries()) {
    if (relation === null || columns === null) return null
    text = text.replaceAll(quoteRelation(relation), `\0${index}\0`)
    bare.push(relation.name.toLowerCase())
  }
  const words = text.toLowerCase()
  // Two relations of one name cannot stand side by side, and a text may call one by its name.
  if (new Set(bare).size < bare.length || bare.some((name) => words.includes(name))) return null
  const isWhole = speaksOfAll.test(words.replaceAll('(*)', ''))
  const columns = found.flatMap(({ columns }) => [
    '',
    ...columns!
      .filter(({ name }) => isWhole || name.includes('"') || words.includes(name.toLowerCase()))
      .flatMap(({ name, type }) => [name, type]),
  ])
  return { key: digestOf([text, ...columns]), isWhole }
}

/** `*`, NATURAL, and names in which letters are written as numbers. */
const speaksOfAll = /\*|\bnatural\b|u&"/

/** Whether texts take no row as a whole, which would have all columns of its relation. */
export function takesNoRow({ texts }: NodeTexts): boolean {
  return texts.every(({ parsed }) => {
    const seen: Seen = { relations: new Set(), names: new Set() }
    look(parsed.statements, seen)
    return [...seen.names].every((name) => !seen.relations.has(name))
  })
}

interface Seen {
  /** What relations are called. */
  readonly relations: Set<string>
  /** What stands alone in expressions. */
  readonly names: Set<string>
}

function look(tree: unknown, seen: Seen): void {
  if (typeof tree !== 'object' || tree === null) return
  if (Array.isArray(tree)) {
    for (const one of tree) look(one, seen)
    return
  }
  for (const [key, value] of Object.entries(tree)) {
    if (key === 'relname' || key === 'aliasname' || key === 'ctename') seen.relations.add(String(value))
    else if (key === 'ColumnRef') {
      const { fields = [] } = value as { readonly fields?: readonly FieldNode[] }
      if (fields.length === 1) seen.names.add(fields[0]!.String?.sval ?? '')
    } else look(value, seen)
  }
}

interface FieldNode {
  readonly String?: { readonly sval?: string }
}
