import { createWriteStream } from 'node:fs'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ConfigurationError, SourceError, StrataError } from '@strata/core'
import pRetry from 'p-retry'

export interface HttpSettings {
  /** Of one attempt. */
  readonly timeoutMs: number
  readonly retries: number
  /** Before the first retry; doubled for each further one. */
  readonly retryDelayMs: number
  readonly signal?: AbortSignal | undefined
}

/** An address, and how it is shown: without what is secret in it. */
export interface ShownUrl {
  readonly value: string
  readonly written: string
}

/** GETs JSON; null when the server answers 404. */
export function fetchJson(url: ShownUrl, settings: HttpSettings): Promise<unknown | null> {
  return get(url, settings, async (response) => {
    if (response.status === 404) return null
    const text = await response.text()
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      throw new SourceError({
        code: 'BAD_ANSWER',
        message: `${url.written} answers with something that is not JSON`,
        hint: 'A proxy or a login page may stand in between: open the address in a browser.',
        cause,
      })
    }
  })
}

/** GETs a file, of at most `maxBytes`. */
export function downloadFile(
  url: ShownUrl,
  file: string,
  maxBytes: number,
  settings: HttpSettings,
): Promise<void> {
  return get(url, settings, async (response) => {
    if (response.status === 404 || response.body === null) {
      throw new SourceError({
        code: 'NO_SUCH_FILE',
        message: `there is nothing at ${url.written} (${response.status})`,
        hint: 'Check the address of the tarball.',
        status: response.status,
      })
    }
    let bytes = 0
    const limit = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length
        done(bytes > maxBytes ? tooLarge(url, maxBytes) : null, chunk)
      },
    })
    await pipeline(Readable.fromWeb(response.body as never), limit, createWriteStream(file))
  })
}

function tooLarge(url: ShownUrl, maxBytes: number): StrataError {
  return new StrataError({
    code: 'PACKAGE_TOO_LARGE',
    message: `${url.written} is larger than ${Math.floor(maxBytes / 1_000_000)} MB`,
    hint: 'No package of SQL files is that large; check the address.',
  })
}

function get<T>(url: ShownUrl, settings: HttpSettings, read: (response: Response) => Promise<T>): Promise<T> {
  const { address, headers } = withoutCredentials(url)
  const attempt = async (): Promise<T> => {
    const timeout = AbortSignal.timeout(settings.timeoutMs)
    const signal = settings.signal === undefined ? timeout : AbortSignal.any([timeout, settings.signal])
    try {
      const response = await fetch(address, { headers, signal })
      if (!response.ok && response.status !== 404) throw refused(url, response.status)
      return await read(response)
    } catch (error) {
      if (error instanceof StrataError) throw error
      throw unreachable(url, error)
    }
  }
  const cancelled = (error: unknown): never => {
    if (!settings.signal?.aborted) throw error
    throw new StrataError({ code: 'CANCELLED', message: 'the installation was cancelled' })
  }
  return pRetry(attempt, {
    retries: settings.retries,
    minTimeout: settings.retryDelayMs,
    factor: 2,
    randomize: true,
    shouldRetry: ({ error }) =>
      error instanceof SourceError &&
      (error.code === 'UNREACHABLE' ||
        (error.status ?? 0) >= 500 ||
        error.status === 429 ||
        error.status === 408),
    ...(settings.signal === undefined ? {} : { signal: settings.signal }),
  }).catch(cancelled)
}

function withoutCredentials(url: ShownUrl): {
  readonly address: URL
  readonly headers: { readonly [name: string]: string }
} {
  const address = URL.canParse(url.value) ? new URL(url.value) : null
  if (address === null || !/^https?:$/.test(address.protocol)) {
    throw new ConfigurationError({
      code: 'BAD_ADDRESS',
      message: `${url.written} is not an address to fetch from`,
      hint: 'It begins with https:// or http://.',
    })
  }
  if (address.username === '' && address.password === '') return { address, headers: {} }
  const user = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`
  address.username = ''
  address.password = ''
  return { address, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } }
}

function refused(url: ShownUrl, status: number): SourceError {
  return new SourceError({
    code: 'HTTP_REFUSED',
    message: `${url.written} answers ${status}`,
    hint:
      status === 401 || status === 403
        ? 'Check the credentials in the address.'
        : 'The server is in trouble; try again later.',
    status,
  })
}

function unreachable(url: ShownUrl, error: unknown): SourceError {
  const cause = (error as { readonly cause?: { readonly code?: string; readonly message?: string } }).cause
  const reason =
    (error as Error).name === 'TimeoutError'
      ? 'no answer in time'
      : (cause?.code ?? cause?.message ?? (error as Error).message)
  return new SourceError({
    code: 'UNREACHABLE',
    message: `cannot reach ${url.written}: ${reason}`,
    hint: 'Check the network; packages that are installed already need none. DBT_PACKAGE_HUB_URL names another hub.',
    cause: error,
  })
}
