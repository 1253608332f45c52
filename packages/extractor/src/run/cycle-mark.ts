/** Up to where all slices of a pass are done, though they end in any order. Remembers those under way alone. */
export interface CycleMark {
  /** Positions begin in their order. */
  begin(position: number): void
  end(position: number): void
  readonly position: number
}

export function createCycleMark(start: number): CycleMark {
  const underWay = new Set<number>()
  let begun = start
  return {
    begin(position) {
      underWay.add(position)
      begun = position
    },
    end(position) {
      underWay.delete(position)
    },
    get position() {
      // A set keeps its order, and positions came in theirs: the first is the least.
      const [first] = underWay
      return first === undefined ? begun : first - 1
    },
  }
}
