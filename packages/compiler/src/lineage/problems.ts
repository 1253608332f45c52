import type { ParsedSql } from '../sql/parse-sql.ts'
import type { SqlProblem } from './query-lineage.ts'

/** Where in the text a problem is: the place of a node of the tree, and which of the names written there. */
export interface ProblemPlace {
  /** As in the tree; undefined or negative: not known. */
  readonly location: number | undefined
  /** Of a name in parts (`a.b`): which is wrong; null: none of them alone. */
  readonly part?: number | null
}

export interface Problems {
  readonly found: SqlProblem[]
  report(
    kind: SqlProblem['kind'],
    place: ProblemPlace,
    name: string,
    message: string,
    candidates?: readonly string[],
  ): void
}

const namePart = /(?:u&)?"(?:[^"]|"")*"|[\p{L}_\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*|\*|[\d.]+/iuy
const dot = /\s*\.\s*/y

export function newProblems({ text, offsetOf }: ParsedSql): Problems {
  const found: SqlProblem[] = []
  return {
    found,
    report(kind, { location, part = null }, name, message, candidates = []) {
      const [start, end] =
        location === undefined || location < 0 ? [0, 0] : extent(text, offsetOf(location), part)
      found.push({ kind, message, name, candidates, start, end })
    },
  }
}

/** From where the name begins to where it ends. */
function extent(text: string, start: number, part: number | null): readonly [number, number] {
  let from = start
  let at = start
  for (let index = 0; ; index++) {
    namePart.lastIndex = at
    if (!namePart.test(text)) return [start, Math.max(at, start)]
    from = at
    at = namePart.lastIndex
    if (index === part) return [from, at]
    dot.lastIndex = at
    if (!dot.test(text)) return part === null ? [start, at] : [start, at]
    at = dot.lastIndex
  }
}
