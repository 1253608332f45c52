import { jsonReply, type Reply, refusalReply } from '../http/reply.ts'
import { withQuery } from '../http/simulated-request.ts'
import { malformed, Refusal } from '../odata/refusal.ts'
import type { Simulator } from '../start-simulator.ts'
import { translateDates } from './cursor-format.ts'
import type { Effects, SpecOf } from './effect.ts'

/** Faults that answer instead of the server. */
export const refusals: Effects<'status' | 'refuse_option' | 'cursor_format' | 'redirect'> = {
  status: (spec) => ({
    before: (_, simulator) => ({
      ...refusalReply(new Refusal(spec.status, 'Simulated', `A simulated ${spec.status}.`)),
      headers: { 'content-type': 'application/json; charset=utf-8', ...retryAfter(spec, simulator) },
    }),
  }),
  refuse_option: ({ options, status = 501 }) => ({
    concerns: ({ query }) => options.some((option) => query.has(option)),
    before({ query }) {
      const refused = options.find((option) => query.has(option))
      const message = `The query option ${refused} is not supported.`
      return refusalReply(new Refusal(status, status === 501 ? 'NotImplemented' : 'BadRequest', message))
    },
  }),
  cursor_format: ({ format }) => ({
    concerns: ({ query }) => query.has('$filter'),
    before({ query }) {
      const { refused } = translateDates(query.get('$filter')!, format)
      return refused === null ? null : refusalReply(malformed(`Not a date in $filter: ${refused}`))
    },
    rewrite: (request) =>
      withQuery(request, (query) => {
        query.set('$filter', translateDates(query.get('$filter')!, format).filter)
      }),
  }),
  redirect: ({ origin, status = 307 }) => ({
    concerns: ({ query }) => !query.has('moved'),
    before(request): Reply {
      const { query } = withQuery(request, (own) => own.set('moved', '1'))
      const location = `${origin ?? request.origin}${request.path}?${query}`
      return { ...jsonReply(status, ''), headers: { location } }
    },
  }),
}

function retryAfter(
  { retryAfter: seconds, retryAfterForm }: SpecOf<'status'>,
  { clock }: Simulator,
): Reply['headers'] {
  if (seconds === undefined) return {}
  const date = new Date(clock.now().getTime() + seconds * 1000).toUTCString()
  return { 'retry-after': retryAfterForm === 'date' ? date : String(seconds) }
}
