/** A binary heap of step numbers: those with the highest rank first, earlier ones first among equals. */
export interface ReadyQueue {
  readonly size: number
  push(step: number): void
  pop(): number | undefined
}

export function createReadyQueue(ranks: readonly number[]): ReadyQueue {
  const heap: number[] = []
  const before = (a: number, b: number) => ranks[a]! > ranks[b]! || (ranks[a] === ranks[b] && a < b)

  function siftUp(from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!before(heap[place]!, heap[above]!)) return
      swap(heap, place, above)
      place = above
    }
  }

  function siftDown(): void {
    let place = 0
    for (;;) {
      let first = place
      for (const below of [2 * place + 1, 2 * place + 2]) {
        if (below < heap.length && before(heap[below]!, heap[first]!)) first = below
      }
      if (first === place) return
      swap(heap, place, first)
      place = first
    }
  }

  return {
    get size() {
      return heap.length
    },
    push(step) {
      heap.push(step)
      siftUp(heap.length - 1)
    },
    pop() {
      const top = heap[0]
      const last = heap.pop()
      if (top === undefined || heap.length === 0) return top
      heap[0] = last!
      siftDown()
      return top
    },
  }
}

function swap(heap: number[], a: number, b: number): void {
  const kept = heap[a]!
  heap[a] = heap[b]!
  heap[b] = kept
}
