import * as z from 'zod'
import { flag, oneOf, text } from './schemas/parts.ts'

const value = z.union([text, z.number(), z.boolean()])

const criterion = {
  method: text,
  value,
  parents: flag.nullish(),
  parents_depth: z.int().min(0).nullish(),
  children: flag.nullish(),
  children_depth: z.int().min(0).nullish(),
  childrens_parents: flag.nullish().describe('The @ of the command line: children, and all that those need.'),
  indirect_selection: oneOf(['eager', 'cautious', 'buildable', 'empty']).nullish(),
}

/** One criterion, its `exclude` unchecked. */
export const criterionSchema = z.strictObject({ ...criterion, exclude: z.array(z.unknown()).nullish() })

/** `{ tag: nightly }` */
export const shorthandSchema = z.record(z.string(), value)

const definitions = z.array(z.lazy((): z.ZodType => definitionSchema)).min(1)

/** Any definition, as JSON Schema tells it to editors; `parseSelectorsFile` takes one apart to complain better. */
export const definitionSchema: z.ZodType = z
  .union([
    text.describe('As on the command line: `tag:nightly+`, `state:modified,tag:x`.'),
    z.strictObject({ union: definitions }),
    z.strictObject({ intersection: definitions }),
    z.strictObject({ exclude: definitions }),
    z.strictObject({ ...criterion, exclude: definitions.nullish() }),
    shorthandSchema,
  ])
  .meta({ id: 'definition' })

const selector = {
  name: text.min(1),
  description: text.nullish(),
  default: flag.nullish().describe('What a command selects that is told nothing.'),
}

export const selectorSchema = z.strictObject({ ...selector, definition: z.unknown() })

export const selectorsTopSchema = z.strictObject({
  version: z.union([z.int(), text]).nullish(),
  selectors: z.array(z.unknown()).nullish(),
})

/** A whole selectors.yml. */
export const selectorsSchema = z.strictObject({
  version: z.union([z.int(), text]).nullish(),
  selectors: z.array(z.strictObject({ ...selector, definition: definitionSchema })).nullish(),
})
