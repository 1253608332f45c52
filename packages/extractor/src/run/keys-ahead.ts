import type { Page } from '../http/instance-client.ts'

/** A page that was asked for before its turn. */
export interface WaitingPage {
  readonly answer: Promise<Page>
  /** The answer when it is there. */
  readonly arrived: Page | null
  /** It is not wanted any more. */
  drop(): void
}

/** A page of a list that is read by growing numbers. */
export interface KeyedPage {
  /** In their order, at least one. */
  readonly keys: readonly number[]
  /** Records that the API counts behind the page; null: it does not say. */
  readonly left: number | null
  /** Whether it is as large as a page that is not the last one. */
  readonly full: boolean
}

export interface KeysAheadOptions {
  /** What lies beyond a key. */
  readonly ask: (after: number) => WaitingPage
  /** Null: it is not what was asked for. */
  readonly look: (after: number, page: Page) => KeyedPage | null
  /** Whether one more page may be asked for. */
  readonly mayAsk: () => boolean
}

/** A page beyond `after`, of which the first records had been read: those up to the key that it was wanted for. */
export interface TakenPage {
  readonly page: Page
  readonly after: number
  readonly repeats: number
  /** What `look` made of it. */
  readonly seen: KeyedPage | null
}

/** A page beyond `after` that arrived before its turn. */
export interface PageBeyond {
  readonly page: Page
  readonly after: number
  readonly seen: KeyedPage
}

/**
 * Asks for pages beyond keys that nobody has seen yet. Where a page begins is guessed by how densely the keys lie, a little too
 * early rather than too late: a page that begins within what was read says all that lies beyond, as the one that begins right
 * behind it would. Where the guess was too late, the page between is asked for as soon as that is seen.
 */
export interface KeysAhead {
  /** Null: no page that was asked for goes on from there. Throws what the request threw. */
  take(after: number): Promise<TakenPage | null>
  /** The page that goes on from there, if it has arrived and has no more characters than that. */
  takeArrived(after: number, room: number): PageBeyond | null
  /** The page that lands now; those behind it are asked for. */
  goOn(page: KeyedPage, isProven: boolean): void
  /** Pages that wait. */
  readonly size: number
  forget(): void
}

interface Asked {
  readonly after: number
  readonly waiting: WaitingPage
  /** Undefined: it is not there yet. */
  seen?: KeyedPage | null
}

export function createKeysAhead({ ask, look, mayAsk }: KeysAheadOptions): KeysAhead {
  /** By where they begin. */
  let asked: Asked[] = []
  let current: KeyedPage | null = null
  /** How far a page reaches. */
  let step = 1

  function fill(): void {
    if (current === null) return
    let reach = current.keys.at(-1)!
    let end = endOf(current)
    for (let passed: Asked | null = null; ; ) {
      const next = asked.findLast(({ after }) => after <= reach)
      if (next === undefined || next === passed) {
        if (reach >= end || !mayAsk()) return
        add(reach)
        continue
      }
      passed = next
      if (next.seen === null) return
      if (next.seen === undefined) reach = Math.max(reach, next.after + step)
      else {
        reach = Math.max(reach, next.seen.keys.at(-1)!)
        end = endOf(next.seen)
      }
    }
  }

  function add(after: number): void {
    const entry: Asked = { after, waiting: ask(after) }
    asked = [...asked, entry].sort((one, other) => one.after - other.after)
    entry.waiting.answer.then(
      (page) => {
        entry.seen = look(after, page)
        if (entry.seen !== null) learn(entry.seen)
        if (asked.includes(entry)) fill()
      },
      () => {
        entry.seen = null
      },
    )
  }

  /** Twice the spread that gaps at random have: who comes too late costs a round trip, who comes too early some records. */
  function learn({ keys }: KeyedPage): void {
    if (keys.length < 2) return
    const perRecord = (keys.at(-1)! - keys[0]!) / (keys.length - 1)
    const spread = Math.sqrt(keys.length * Math.max(0, perRecord * (perRecord - 1)))
    step = Math.max(1, Math.floor(keys.length * perRecord - 2 * spread))
  }

  function drop(entries: readonly Asked[]): void {
    asked = asked.filter((entry) => !entries.includes(entry))
    for (const { waiting } of entries) waiting.drop()
  }

  return {
    async take(after) {
      const entry = asked.findLast((one) => one.after <= after)
      if (entry === undefined) return null
      drop(asked.filter((one) => one.after < entry.after))
      try {
        const page = await entry.waiting.answer
        const seen = entry.seen ?? null
        if (entry.after === after) return { page, after, repeats: 0, seen }
        const keys = seen?.keys ?? []
        const repeats = keys.filter((key) => key <= after).length
        return repeats < keys.length ? { page, after: entry.after, repeats, seen } : null
      } finally {
        asked = asked.filter((one) => one !== entry)
      }
    },
    takeArrived(after, room) {
      const entry = asked.findLast((one) => one.after <= after)
      const page = entry?.waiting.arrived ?? null
      const seen = entry?.seen ?? null
      if (page === null || seen === null || seen.keys.at(-1)! <= after || page.body.length > room) return null
      drop(asked.filter((one) => one.after < entry!.after))
      asked = asked.filter((one) => one !== entry)
      return { page, after: entry!.after, seen }
    },
    goOn(page, isProven) {
      current = page
      learn(page)
      if (isProven) fill()
      else if (asked.length === 0 && mayAsk() && page.keys.at(-1)! < endOf(page)) add(page.keys.at(-1)!)
    },
    get size() {
      return asked.length
    },
    forget() {
      current = null
      drop(asked)
    },
  }
}

/** The key at which the list ends, as far as one can tell. */
function endOf({ keys, left, full }: KeyedPage): number {
  const last = keys.at(-1)!
  if (left === null) return full ? Number.POSITIVE_INFINITY : last
  const perRecord = keys.length > 1 ? (last - keys[0]!) / (keys.length - 1) : 1
  return last + Math.ceil(left * Math.max(1, perRecord))
}
