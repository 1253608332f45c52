import { malformed } from '../odata/refusal.ts'

/** Where a walk that the server steers goes on. No client may read it, or add options to it. */
export interface SkipToken {
  /** The query of the first request. */
  readonly query: string
  readonly skip: number
  /** The key of the last record, where the walk goes by key; its digits where it is a number. */
  readonly after: { readonly type: 'number' | 'string'; readonly text: string } | null
  /** Records that `$top` still allows; null: any number. */
  readonly left: number | null
  readonly size: number
}

export function writeSkipToken(token: SkipToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

/** The token of a request; null where it has none. Throws a 400 `Refusal` for one that is not ours, or not alone. */
export function readSkipToken(parameters: URLSearchParams): SkipToken | null {
  const text = parameters.get('$skiptoken')
  if (text === null) return null
  const others = [...parameters.keys()].filter((name) => name.startsWith('$') && name !== '$skiptoken')
  if (others.length > 0) throw malformed(`A next link was changed: ${others[0]} was added to it.`)
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as SkipToken
  } catch {
    throw malformed('$skiptoken is none that this server gave.')
  }
}
