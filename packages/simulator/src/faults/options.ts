import { withQuery } from '../http/simulated-request.ts'
import { readSkipToken } from '../http/skip-token.ts'
import type { Effects } from './effect.ts'

/** Faults that make the server do something else than it is asked. */
export const options: Effects<'ignore_option' | 'same_page' | 'unordered' | 'short_page'> = {
  ignore_option: ({ options: ignored }) => ({
    concerns: ({ query }) => ignored.some((option) => query.has(option)),
    rewrite: (request) =>
      withQuery(request, (query) => {
        for (const option of ignored) query.delete(option)
      }),
  }),
  same_page: () => ({
    rewrite(request) {
      const token = readSkipToken(request.query)
      if (token !== null) return { ...request, query: new URLSearchParams(token.query) }
      return withQuery(request, (query) => {
        for (const name of ['$skip', 'startAfter', 'startAfterId']) query.delete(name)
      })
    },
  }),
  unordered: () => ({
    rewrite: (request) => ({ ...request, manner: { ...request.manner, shuffled: true } }),
  }),
  short_page: ({ missing = 1 }) => ({
    rewrite: (request) => ({
      ...request,
      manner: { ...request.manner, missing: (request.manner?.missing ?? 0) + missing },
    }),
  }),
}
