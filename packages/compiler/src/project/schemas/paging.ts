import * as z from 'zod'
import { path, text } from './parts.ts'

/** How the next page of a list is asked for. */
export const paging = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('auto').describe('How the next page is asked for.') }),
    z.strictObject({
      kind: z.literal('next_link'),
      next_url_path: path.default(['@odata.nextLink']).describe('Where an answer names the next page.'),
    }),
    z.strictObject({ kind: z.literal('keyset') }),
    z.strictObject({
      kind: z.literal('offset'),
      offset_param: text
        .default('offset')
        .describe('The parameter that takes the number of records that came.'),
      limit_param: text.default('limit').describe('The parameter that takes the size of a page.'),
      total_path: path.nullish().describe('Where an answer says how many records there are.'),
    }),
    z.strictObject({
      kind: z.literal('page_number'),
      page_param: text.default('page').describe('The parameter that takes the number of the page.'),
      limit_param: text.nullish(),
      base_page: z.int().min(0).default(1).describe('The number of the first page.'),
      total_path: path.nullish(),
    }),
    z.strictObject({
      kind: z.literal('cursor'),
      cursor_params: z
        .record(z.string(), path)
        .refine((params) => Object.keys(params).length > 0, 'name at least one parameter')
        .describe('Parameters of the next request, each with the path of its value in an answer.'),
      limit_param: text.nullish(),
    }),
    z.strictObject({ kind: z.literal('single') }),
  ],
  'paging kinds are: auto, next_link, keyset, offset, page_number, cursor, single',
)
