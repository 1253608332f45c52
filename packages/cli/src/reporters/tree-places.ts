import type { Colors } from './colors.ts'
import { textWidth } from './text-width.ts'

/** A line of a tree, and the place in a file that it speaks of; empty: none. */
export interface TreeLine {
  /** Painted. */
  readonly text: string
  readonly width: number
  readonly place: string
  /** What a line below it begins with: the branches that go on. */
  readonly below: string
  readonly depth: number
}

/** No wider is the column that the places stand behind. */
const widestTree = 72

/** A tree with the places in a column beside it; each below its line where there is no room. `width` null: there always is. */
export function treeWithPlaces(
  lines: readonly TreeLine[],
  colors: Colors,
  width: number | null,
): readonly string[] {
  const room =
    width === null ? widestTree : width - 2 - Math.max(...lines.map(({ place }) => textWidth(place)))
  const beside = Math.min(widestTree, room, Math.max(...lines.map((line) => line.width)))
  return lines.flatMap(({ text, place, width: own, below, depth }, index) => {
    if (place === '') return [text]
    const padding = Math.max(0, beside - own)
    if (width === null || own + padding + 2 + textWidth(place) <= width)
      return [`${text}${' '.repeat(padding)}  ${colors.dim(place)}`]
    const hasBranches = (lines[index + 1]?.depth ?? 0) > depth
    return [text, colors.dim(`${below}${hasBranches ? '│' : ' '}  ${place}`)]
  })
}
