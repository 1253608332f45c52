import { type Auth, registerSecret, SourceError } from '@strata/core'
import { jsonTextOf, type Reply } from './send-request.ts'
import { answerFailure, describePlace, type SourcePlace, secretName } from './source-failure.ts'

/** Sends a form, within the budget of the instance. Throws `SourceError` where there is no answer. */
export type PostForm = (
  url: URL,
  form: URLSearchParams,
  headers: { readonly [name: string]: string },
  signal: AbortSignal,
) => Promise<Reply>

export interface AccessTokens {
  /** A token that is good for some time yet; one request for it serves all who ask. Throws `SourceError`. */
  current(signal: AbortSignal): Promise<string>
  /** The API does not take this one any more. */
  discard(token: string | undefined): void
}

interface Token {
  readonly value: string
  /** By `performance.now()`. */
  readonly renewAt: number
}

type ClientCredentials = Extract<Auth, { readonly kind: 'oauth2_client_credentials' }>

/** The tokens of one instance, by OAuth 2.0 client credentials (RFC 6749, 4.4). */
export function createAccessTokens(
  place: SourcePlace,
  auth: ClientCredentials,
  postForm: PostForm,
): AccessTokens {
  let token: Token | null = null
  let asking: { readonly signal: AbortSignal; readonly token: Promise<Token> } | null = null
  // The standard wants the pair in a header; many servers look for it in the form alone.
  let secretIn: 'form' | 'header' = 'form'

  async function ask(signal: AbortSignal): Promise<Token> {
    const url = tokenUrl(place, auth)
    const first = await request(url, secretIn, signal)
    if (first.status !== 400 && first.status !== 401) return await readToken(place, first)
    const other = secretIn === 'form' ? 'header' : 'form'
    const second = await request(url, other, signal)
    if (!isGood(second)) throw await refusal(place, first)
    secretIn = other
    return await readToken(place, second)
  }

  function request(url: URL, where: 'form' | 'header', signal: AbortSignal): Promise<Reply> {
    const { client_id = '', client_secret = '' } = place.instance.credentials
    const form = new URLSearchParams({ grant_type: 'client_credentials' })
    if (auth.scope !== null) form.set('scope', auth.scope)
    if (where === 'form') {
      form.set('client_id', client_id)
      form.set('client_secret', client_secret)
      return postForm(url, form, {}, signal)
    }
    const pair = [client_id, client_secret].map(encodeURIComponent).join(':')
    const encoded = Buffer.from(pair).toString('base64')
    registerSecret(encoded)
    return postForm(url, form, { authorization: `Basic ${encoded}` }, signal)
  }

  return {
    async current(signal) {
      for (;;) {
        signal.throwIfAborted()
        if (token !== null && performance.now() < token.renewAt) return token.value
        asking ??= { signal, token: ask(signal) }
        const asked = asking
        try {
          token = await asked.token
          return token.value
        } catch (error) {
          // Whoever asked has gone: ask ourselves.
          if (!asked.signal.aborted || asked.signal === signal) throw error
        } finally {
          if (asking === asked) asking = null
        }
      }
    },
    discard(refused) {
      if (token?.value === refused) token = null
    },
  }
}

function tokenUrl(place: SourcePlace, { tokenUrl: declared }: ClientCredentials): URL {
  const base = place.instance.address.replace(/\/+$/, '')
  const url = /^https?:/i.test(declared) ? declared : `${base}/${declared.replace(/^\/+/, '')}`
  if (URL.canParse(url)) return new URL(url)
  throw new SourceError({
    code: 'SOURCE_UNAUTHORIZED',
    message: `the address where ${describePlace(place)} gives tokens is no http(s) address`,
    hint: 'check access_token_url and base_url of the connector',
  })
}

async function readToken(place: SourcePlace, reply: Reply): Promise<Token> {
  if (!isGood(reply)) throw await refusal(place, reply)
  const answer = parse(await jsonTextOf(place, reply).catch(() => ''))
  const value = answer['access_token']
  if (typeof value !== 'string' || !/^[\x20-\x7e]+$/.test(value)) {
    throw new SourceError({
      code: 'SOURCE_UNAUTHORIZED',
      status: reply.status,
      message: `${describePlace(place)} answers ${reply.url.pathname} without an access_token`,
      hint: 'check access_token_url of the connector: it is where OAuth 2.0 gives tokens for client credentials',
    })
  }
  registerSecret(value)
  const seconds = Number(answer['expires_in'])
  // One that is renewed a little early is never refused on its way.
  const good = seconds > 0 ? seconds - Math.min(60, seconds / 10) : Number.POSITIVE_INFINITY
  return { value, renewAt: performance.now() + good * 1000 }
}

/** What cannot get a token cannot ask anything: all but a passing failure stops the instance. */
async function refusal(place: SourcePlace, reply: Reply): Promise<SourceError> {
  const failure = answerFailure(place, reply)
  const passing = ['SOURCE_BUSY', 'SOURCE_FAILING', 'SOURCE_TIMEOUT', 'SOURCE_REDIRECTED']
  if (passing.includes(failure.code)) return failure
  const { status, url } = reply
  const refused = status === 400 || status === 401 || status === 403
  const why = parse(await jsonTextOf(place, reply).catch(() => ''))['error']
  const said = typeof why === 'string' && /^\w{1,40}$/.test(why) ? ` ${why}` : ''
  return new SourceError({
    code: 'SOURCE_UNAUTHORIZED',
    status,
    message: refused
      ? `${describePlace(place)} gives us no token (${status}${said})`
      : `${describePlace(place)} has no tokens at ${url.pathname} (${status})`,
    hint: refused
      ? `check ${secretName(place)}, and the scope of the connector`
      : 'check access_token_url of the connector',
  })
}

function parse(json: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function isGood({ status }: Reply): boolean {
  return status >= 200 && status < 300
}
