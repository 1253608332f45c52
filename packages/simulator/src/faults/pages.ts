import type { Page } from '../http/page.ts'
import { jsonReply } from '../http/reply.ts'
import type { Effects } from './effect.ts'

/** Faults in how a page is put together. */
export const pages: Effects<
  'no_count' | 'wrong_count' | 'bare_array' | 'single_object' | 'value_null' | 'empty_204'
> = {
  no_count: () => ({ page: (page) => ({ ...page, count: null }) }),
  wrong_count: ({ mode, by = 10 }) => ({
    page(page) {
      if (page.count === null) return page
      if (mode === 'page') return { ...page, count: page.records.length }
      return { ...page, count: mode === 'high' ? page.count + by : Math.max(0, page.count - by) }
    },
  }),
  bare_array: () => ({ page: (page) => ({ ...page, shape: 'array' }) }),
  single_object: () => ({
    page: (page): Page => (page.records.length === 1 ? { ...page, shape: 'object' } : page),
  }),
  value_null: ({ when = 'empty' }) => ({
    page: (page): Page =>
      when === 'always' || page.records.length === 0 ? { ...page, records: [], shape: 'null' } : page,
  }),
  empty_204: ({ when = 'empty' }) => ({
    reply: (reply) =>
      reply.status === 200 && (when === 'always' || reply.page?.records.length === 0)
        ? { ...jsonReply(204, ''), headers: {} }
        : reply,
  }),
}
