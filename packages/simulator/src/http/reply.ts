import type { Refusal } from '../odata/refusal.ts'
import type { Page } from './page.ts'

/** An answer as plain data, so that a fault can change it before it is sent. */
export interface Reply {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string | Uint8Array
  /** Records in the body, for the counters. */
  readonly records?: number
  /** What the body was written from, where it is a page of records. */
  readonly page?: Page
  /** Absent: at once and whole. */
  readonly delivery?: Delivery
}

/** How an answer goes over the wire on a bad day. */
export type Delivery =
  /** So many bytes at a time, with pauses between. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly pauseMs: number }
  /** The connection is reset after so many bytes of the body; null: before anything is sent. */
  | { readonly kind: 'cut'; readonly after: number | null }
  /** Not before so many milliseconds; null: never. */
  | { readonly kind: 'late'; readonly ms: number | null }

export function jsonReply(status: number, body: string, headers: Reply['headers'] = {}): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body }
}

/** As OData wants it: `{"error":{"code":…,"message":…}}`. */
export function refusalReply(refusal: Refusal, headers: Reply['headers'] = {}): Reply {
  const { code, message } = refusal
  return jsonReply(refusal.status, JSON.stringify({ error: { code, message } }), headers)
}
