import { deriveKey, drawItem } from '../content/draw.ts'
import type { Value } from '../content/value.ts'

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789']
const DRAWN = 12
const TOLD = 8

/** Twenty letters and digits that look like chance, the last of which tell the number. */
export function contactId(number: number): string {
  const key = deriveKey(0, number)
  const drawn = Array.from({ length: DRAWN }, (_, position) => drawItem(key, position, letters))
  return drawn.join('') + number.toString(36).padStart(TOLD, '0')
}

/** The number of an id; null for a text that is none. */
export function contactNumber(id: Value): number | null {
  if (typeof id !== 'string' || id.length !== DRAWN + TOLD) return null
  const number = Number.parseInt(id.slice(DRAWN), 36)
  return Number.isSafeInteger(number) && contactId(number) === id ? number : null
}
