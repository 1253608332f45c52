import { type ApiConnector, type Clock, type EndpointJob, type Instance, SourceError } from '@strata/core'
import type { InstanceClient } from '../http/instance-client.ts'
import { linkedUrl, pageUrl } from '../http/page-url.ts'
import { stopsInstance } from '../http/source-failure.ts'
import type { SliceParameters } from '../job-identity.ts'
import { type Answer, readAnswer } from './read-answer.ts'

export interface ProbeOptions {
  readonly client: InstanceClient
  readonly job: EndpointJob
  readonly connector: ApiConnector
  readonly instance: Instance
  /** Of one slice; `{}` for a job without any. */
  readonly parameters: SliceParameters
  readonly signal: AbortSignal
  /** Ours, to compare the server's with. */
  readonly clock?: Clock
}

/** Query parameters of one request, unescaped, beside those that the job declares. */
export type Query = { readonly [name: string]: string }

export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** It does not do what was asked, whatever the way in which it says so. */
  | { readonly kind: 'refused'; readonly error: SourceError }
  /** It may do so another time. */
  | { readonly kind: 'failed'; readonly error: SourceError }

/** Asks one endpoint. What speaks of the whole instance is thrown, as `SourceError`. */
export interface Asker {
  readonly job: EndpointJob
  ask(query: Query): Promise<Reply>
  /** `link`: as an answer gives it. */
  askLink(link: string): Promise<Reply>
}

export function createAsker({ client, job, connector, instance, parameters, signal }: ProbeOptions): Asker {
  async function get(url: URL): Promise<Reply> {
    try {
      const page = await client.get(url, signal, { retries })
      const searchesList = connector.kind === 'rest'
      const answer = readAnswer(page, { recordPath: job.recordPath, searchesList })
      return answer === null ? { kind: 'failed', error: notReadable(page.path) } : { kind: 'answer', answer }
    } catch (error) {
      if (signal.aborted || !(error instanceof SourceError) || stopsInstance(error)) throw error
      return { kind: refusals.has(error.status ?? 0) ? 'refused' : 'failed', error }
    }
  }
  return {
    job,
    ask: (query) => get(pageUrl({ job, instance, parameters, filters: [], query })),
    async askLink(link) {
      try {
        return await get(linkedUrl(link, { job, instance, parameters }))
      } catch (error) {
        if (error instanceof SourceError && error.code.endsWith('ELSEWHERE'))
          return { kind: 'refused', error }
        throw error
      }
    },
  }
}

/** An option that a server falls over is not asked for for minutes. */
const retries = 2

/** 500 too: many servers fall over an option that they do not know. */
const refusals = new Set([400, 404, 405, 406, 410, 413, 414, 416, 422, 500, 501])

function notReadable(path: string): SourceError {
  return new SourceError({
    code: 'SOURCE_UNREADABLE_PAGE',
    message: `the answer of ${path} is not JSON`,
    hint: 'a login page or a proxy may stand before the API, or the answer was cut short',
  })
}
