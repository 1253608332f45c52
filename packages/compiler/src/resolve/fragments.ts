import type { Fragment, NodeId, RelationName } from '@strata/core'

/** Private-use characters that no sane SQL holds mark the places of increments in rendered text. */
const open = '\uE0F0'
const close = '\uE0F1'

export function incrementMark(parent: NodeId): string {
  return `${open}${parent}${close}`
}

/** Node ids hold no line break; names of columns may hold anything else. */
export function keysMark(parent: NodeId, column: string): string {
  return `${open}${parent}\n${column}${close}`
}

/** Stands for the rows of a relation whose `column` lies in the batch. */
export function windowMark(parent: NodeId, column: string, relation: RelationName): string {
  return `${open}${JSON.stringify({ windowOf: parent, column, relation })}${close}`
}

/** Whether a text holds the characters that `incrementMark` uses. */
export function holdsMarks(text: string): boolean {
  return text.includes(open) || text.includes(close)
}

/** Splits rendered text at its increment marks. */
export function toFragments(text: string): readonly Fragment[] {
  const fragments: Fragment[] = []
  let rest = text
  for (;;) {
    const start = rest.indexOf(open)
    const end = rest.indexOf(close, start)
    if (start === -1 || end === -1) break
    if (start > 0) fragments.push(rest.slice(0, start))
    fragments.push(markedIn(rest.slice(start + 1, end)))
    rest = rest.slice(end + 1)
  }
  if (rest !== '' || fragments.length === 0) fragments.push(rest)
  return fragments
}

/** The stretches of rendered text that its fragments of text are, in their order. */
export function stretchesOf(text: string): readonly (readonly [from: number, to: number])[] {
  const stretches: [number, number][] = []
  let at = 0
  for (;;) {
    const start = text.indexOf(open, at)
    const end = text.indexOf(close, start)
    if (start === -1 || end === -1) return [...stretches, [at, text.length]]
    stretches.push([at, start])
    at = end + 1
  }
}

function markedIn(mark: string): Fragment {
  // The id of a node begins with its kind.
  if (mark.startsWith('{')) return JSON.parse(mark) as Fragment
  const line = mark.indexOf('\n')
  return line === -1 ? { incrementOf: mark } : { keysOf: mark.slice(0, line), column: mark.slice(line + 1) }
}
