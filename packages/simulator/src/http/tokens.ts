import { randomUUID } from 'node:crypto'
import { jsonReply, type Reply } from './reply.ts'
import type { SimulatedRequest } from './simulated-request.ts'

/** OAuth 2 client credentials of an instance. */
export interface SimulatedOAuth {
  readonly clientId: string
  readonly clientSecret: string
  /** Seconds of the real time, for which a token is valid. Default 3600. */
  readonly expiresIn?: number
}

export interface Tokens {
  /** Answers a request for a token. */
  answer(request: SimulatedRequest): Reply
  isValid(token: string): boolean
  /** All tokens that were given are valid no more. */
  expire(): void
}

/** Gives tokens as RFC 6749 says in 4.4: the secret in the form, or as basic authentication. */
export function createTokens({ clientId, clientSecret, expiresIn = 3600 }: SimulatedOAuth): Tokens {
  /** Until when, ms. */
  const given = new Map<string, number>()
  return {
    answer(request) {
      if (request.method !== 'POST') return { ...failure(405, 'invalid_request'), headers: { allow: 'POST' } }
      const form = new URLSearchParams(request.body)
      const [id, secret] = basicPair(request) ?? [form.get('client_id'), form.get('client_secret')]
      if (id !== clientId || secret !== clientSecret) return failure(401, 'invalid_client')
      if (form.get('grant_type') !== 'client_credentials') return failure(400, 'unsupported_grant_type')
      const token = `simulated-${randomUUID()}`
      given.set(token, Date.now() + expiresIn * 1000)
      const body = { access_token: token, token_type: 'Bearer', expires_in: expiresIn }
      return jsonReply(200, JSON.stringify(body), { 'cache-control': 'no-store' })
    },
    isValid: (token) => (given.get(token) ?? 0) > Date.now(),
    expire: () => given.clear(),
  }
}

function failure(status: number, error: string): Reply {
  return jsonReply(status, JSON.stringify({ error }))
}

function basicPair({ headers }: SimulatedRequest): readonly (string | null)[] | null {
  const [, encoded] = /^Basic (.+)$/i.exec(headers['authorization'] ?? '') ?? []
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return [decodeURIComponent(text.slice(0, colon)), decodeURIComponent(text.slice(colon + 1))]
}
