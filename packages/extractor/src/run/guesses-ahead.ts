import type { Page } from '../http/instance-client.ts'
import type { WaitingPage } from './keys-ahead.ts'
import type { PagePlace } from './pagers/pager.ts'

export interface GuessesAheadOptions {
  /** Places with one address are the same to it. */
  readonly addressOf: (place: PagePlace) => string
  readonly ask: (place: PagePlace) => WaitingPage
  /** Whether one more page may be asked for. */
  readonly mayAsk: () => boolean
}

/** Asks for pages whose places are counted, or told by the page before. */
export interface GuessesAhead {
  /** What was asked for at a place; null: nothing. */
  take(place: PagePlace): WaitingPage | null
  /** The page at a place, if it has arrived and has no more characters than that. */
  takeArrived(place: PagePlace, room: number): Page | null
  /** The places that come next, in their order; what was asked for elsewhere is not wanted any more. */
  goOn(places: readonly PagePlace[]): void
  /** Pages that wait. */
  readonly size: number
  forget(): void
}

export function createGuessesAhead({ addressOf, ask, mayAsk }: GuessesAheadOptions): GuessesAhead {
  const asked = new Map<string, WaitingPage>()

  return {
    take(place) {
      const address = addressOf(place)
      const waiting = asked.get(address) ?? null
      asked.delete(address)
      return waiting
    },
    takeArrived(place, room) {
      const address = addressOf(place)
      const page = asked.get(address)?.arrived ?? null
      if (page === null || page.body.length > room) return null
      asked.delete(address)
      return page
    },
    goOn(places) {
      const wanted = new Map(places.map((place) => [addressOf(place), place]))
      for (const [address, { drop }] of asked) {
        if (wanted.has(address)) continue
        asked.delete(address)
        drop()
      }
      for (const [address, place] of wanted)
        if (!asked.has(address) && mayAsk()) asked.set(address, ask(place))
    },
    get size() {
      return asked.size
    },
    forget() {
      for (const { drop } of asked.values()) drop()
      asked.clear()
    },
  }
}
