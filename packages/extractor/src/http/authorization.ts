import { type ApiConnector, type Instance, registerSecret } from '@strata/core'
import { createAccessTokens, type PostForm } from './access-token.ts'
import { headerValue } from './request-headers.ts'
import type { SourcePlace } from './source-failure.ts'

/** What a request carries so that the API knows us. */
export interface Credentials {
  readonly headers: { readonly [name: string]: string }
  /** A query parameter. Never part of a URL that is stored or named. */
  readonly query: { readonly name: string; readonly value: string } | null
}

export interface Authorization {
  /** Throws `SourceError`. */
  credentials(signal: AbortSignal): Promise<Credentials>
  /** The API has refused these: whether there will be others to try. */
  renew(refused: Credentials): boolean
}

/** `postForm` asks for tokens, where the instance has them. Throws `ConfigurationError` for a key that cannot be sent. */
export function createAuthorization(place: SourcePlace, postForm: PostForm): Authorization {
  for (const value of Object.values(place.instance.credentials)) hide(value)
  const { auth } = place.connector
  if (auth.kind === 'oauth2_client_credentials') {
    const tokens = createAccessTokens(place, auth, postForm)
    const known = new WeakMap<Credentials, string>()
    return {
      async credentials(signal) {
        const token = await tokens.current(signal)
        const credentials = byHeader('authorization', `Bearer ${token}`)
        known.set(credentials, token)
        return credentials
      },
      renew(refused) {
        tokens.discard(known.get(refused))
        return true
      },
    }
  }
  const credentials = fixedCredentials(place)
  return { credentials: async () => credentials, renew: () => false }
}

/**
 * The URL without our keys in its query, for what is stored: an API may repeat them in its own links, also those that it gets
 * in a header.
 */
export function withoutKey(
  url: URL,
  { auth }: ApiConnector,
  { credentials }: Pick<Instance, 'credentials'>,
): URL {
  const secrets = new Set(Object.values(credentials).filter((secret) => secret !== ''))
  const names = [...url.searchParams].flatMap(([name, value]) => (secrets.has(value) ? [name] : []))
  if (auth.kind === 'api_key' && auth.location === 'query') names.push(auth.name)
  return names.reduce(withoutParameter, url)
}

/** The URL with the key that goes into its query, where one does; a key that stands there already gives way. */
export function withKey(url: URL, query: Credentials['query']): URL {
  if (query === null) return url
  const keyed = withoutParameter(url, query.name)
  const pair = `${encodeURIComponent(query.name)}=${encodeURIComponent(query.value)}`
  keyed.search = keyed.search === '' ? pair : `${keyed.search}&${pair}`
  return keyed
}

// Not by searchParams, which would write $top as %24top.
function withoutParameter(url: URL, name: string): URL {
  const clean = new URL(url)
  if (!url.searchParams.has(name)) return clean
  const kept = url.search
    .slice(1)
    .split('&')
    .filter((pair) => !new URLSearchParams(pair).has(name))
  clean.search = kept.join('&')
  return clean
}

function fixedCredentials(place: SourcePlace): Credentials {
  const { auth } = place.connector
  const { api_key = '', token = '', username = '', password = '' } = place.instance.credentials
  switch (auth.kind) {
    case 'api_key':
      return auth.location === 'header'
        ? byHeader(auth.name, headerValue(place, 'api_key', api_key))
        : { headers: {}, query: { name: auth.name, value: api_key } }
    case 'bearer':
      return byHeader('authorization', `Bearer ${headerValue(place, 'token', token)}`)
    case 'http_basic': {
      const pair = Buffer.from(`${username}:${password}`).toString('base64')
      hide(pair)
      return byHeader('authorization', `Basic ${pair}`)
    }
    case 'oauth2_client_credentials':
    case 'none':
      return { headers: {}, query: null }
  }
}

function byHeader(name: string, value: string): Credentials {
  return { headers: { [name]: value }, query: null }
}

/** As it is, and as it stands in a URL. */
function hide(secret: string): void {
  registerSecret(secret)
  registerSecret(encodeURIComponent(secret))
}
