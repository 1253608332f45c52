import { TemplateError } from './template-error.ts'

/** Evaluation steps of one render unless the caller says otherwise; about a second of work. */
export const defaultStepLimit = 10_000_000

/** Characters of one text value or of the whole output. */
export const maxTextLength = 50_000_000

/** Items of one list, dict or set. */
export const maxItems = 1_000_000

/** Items of one `range()`: the limit of Jinja's own sandbox. */
export const maxRange = 100_000

/** Bits of one integer. */
export const maxIntegerBits = 65_536

/** Macros inside macros (and loops inside recursive loops). */
export const maxCallDepth = 200

/** Expressions inside expressions, blocks inside blocks. */
export const maxNesting = 200

export function checkTextLength(length: number): void {
  if (length <= maxTextLength) return
  throw new TemplateError(`text of more than ${maxTextLength} characters`, {
    code: 'TEMPLATE_SIZE_LIMIT',
    hint: 'Look for a loop that doubles its text.',
  })
}

export function checkItems(count: number): void {
  if (count <= maxItems) return
  throw new TemplateError(`a collection of more than ${maxItems} items`, { code: 'TEMPLATE_SIZE_LIMIT' })
}
