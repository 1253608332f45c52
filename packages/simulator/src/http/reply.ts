import type { Refusal } from '../odata/refusal.ts'

/** An answer as plain data, so that a fault can change it before it is sent. */
export interface Reply {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  /** Records in the body, for the counters. */
  readonly records?: number
}

export function jsonReply(status: number, body: string, headers: Reply['headers'] = {}): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body }
}

/** As OData wants it: `{"error":{"code":…,"message":…}}`. */
export function refusalReply(refusal: Refusal, headers: Reply['headers'] = {}): Reply {
  const { code, message } = refusal
  return jsonReply(refusal.status, JSON.stringify({ error: { code, message } }), headers)
}
