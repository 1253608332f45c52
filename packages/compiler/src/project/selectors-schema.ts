import * as z from 'zod'
import { flag, oneOf, text } from './schemas/parts.ts'

const value = z.union([text, z.number(), z.boolean()])

const criterion = {
  method: text.describe('One of those of --select: tag, path, fqn, …'),
  value: value.describe('What the method looks for.'),
  parents: flag.nullish().describe('With all that it stands on.'),
  parents_depth: z.int().min(0).nullish().describe('So many levels of parents.'),
  children: flag.nullish().describe('With all that reads it.'),
  children_depth: z.int().min(0).nullish().describe('So many levels of children.'),
  childrens_parents: flag.nullish().describe('The @ of the command line: children, and all that those need.'),
  indirect_selection: oneOf(['eager', 'cautious', 'buildable', 'empty'])
    .nullish()
    .describe('Which tests come along.'),
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
    z.strictObject({ union: definitions.describe('Any of these.') }),
    z.strictObject({ intersection: definitions.describe('All of these at once.') }),
    z.strictObject({ exclude: definitions.describe('Not these; one in a list.') }),
    z.strictObject({ ...criterion, exclude: definitions.nullish() }),
    shorthandSchema,
  ])
  .meta({ id: 'definition' })

const selector = {
  name: text.min(1).describe('What --selector and selector: call it by.'),
  description: text.nullish().describe('What it is for.'),
  default: flag.nullish().describe('What a command selects that is told nothing.'),
}

export const selectorSchema = z.strictObject({ ...selector, definition: z.unknown() })

export const selectorsTopSchema = z.strictObject({
  version: z.union([z.int(), text]).nullish(),
  selectors: z.array(z.unknown()).nullish(),
})

/** A whole selectors.yml. */
export const selectorsSchema = z.strictObject({
  version: z.union([z.int(), text]).nullish().describe('Of the file: 2; not used.'),
  selectors: z
    .array(
      z.strictObject({
        ...selector,
        definition: definitionSchema.describe('Words as on the command line, or a mapping.'),
      }),
    )
    .nullish()
    .describe('The selections of the project.'),
})
