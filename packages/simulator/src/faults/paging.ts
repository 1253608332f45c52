import { type ServerPaging, type SimulatedRequest, withQuery } from '../http/simulated-request.ts'
import { DEFAULT_TOP } from '../odata/parse-query.ts'
import type { Effects } from './effect.ts'

const DEFAULT_SIZE = 100
const linked: ServerPaging = {
  size: DEFAULT_SIZE,
  form: 'absolute',
  by: 'key',
  name: '@odata.nextLink',
  to: 'next',
}

/** Faults of a server that has its own mind about pages. */
export const paging: Effects<'cap_top' | 'next_link' | 'next_link_elsewhere' | 'next_link_to_itself'> = {
  cap_top: ({ top, nextLink = false }) => ({
    concerns: ({ query }) => topOf(query) > top,
    rewrite: (request) =>
      nextLink
        ? withPaging(request, { size: top })
        : withQuery(request, (query) => query.set('$top', String(top))),
  }),
  next_link: ({ size = DEFAULT_SIZE, form = 'absolute', by = 'key', name = '@odata.nextLink' }) => ({
    rewrite: (request) => withPaging(request, { size, form, by, name }),
  }),
  next_link_elsewhere: ({ size, origin = 'http://elsewhere.example' }) => ({
    rewrite: (request) => withPaging(request, { ...(size && { size }), to: { origin } }),
  }),
  next_link_to_itself: ({ size }) => ({
    rewrite: (request) => withPaging(request, { ...(size && { size }), to: 'itself' }),
  }),
}

function withPaging(request: SimulatedRequest, own: Partial<ServerPaging>): SimulatedRequest {
  return {
    ...request,
    manner: { ...request.manner, paging: { ...linked, ...request.manner?.paging, ...own } },
  }
}

function topOf(query: URLSearchParams): number {
  if (query.has('$skiptoken')) return 0
  return Number(query.get('$top') ?? DEFAULT_TOP)
}
