import type { Auth, Instance } from '@strata/core'

/** The headers by which the API knows us. */
export function authHeaders(auth: Auth, { credentials }: Instance): { readonly [name: string]: string } {
  switch (auth.kind) {
    case 'api_key':
      return auth.location === 'header' ? { [auth.name]: credentials['api_key'] ?? '' } : {}
    case 'bearer':
      return { authorization: `Bearer ${credentials['token'] ?? ''}` }
    case 'http_basic': {
      const pair = `${credentials['username'] ?? ''}:${credentials['password'] ?? ''}`
      return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
    }
    case 'oauth2_client_credentials':
    case 'none':
      return {}
  }
}
