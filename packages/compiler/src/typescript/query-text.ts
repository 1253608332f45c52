import { TemplateError } from '../template/index.ts'
import { isQuery, type QueryParts } from './is-query.ts'
import { literal } from './literal.ts'

/** A query as SQL text, its values as literals. Throws `TemplateError` for a value that has none. */
export function queryText({ strings, values }: QueryParts): string {
  let text = strings[0]!
  for (const [index, value] of values.entries()) {
    text += valueText(value, text)
    text += strings[index + 1]!
  }
  return text
}

function valueText(value: unknown, before: string): string {
  if (isQuery(value)) return queryText(value)
  try {
    return literal(value)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    // The query is built before anything is known of its values: the text before it is the only place there is.
    const tail = before.slice(-30).replaceAll(/\s+/g, ' ').trim()
    throw new TemplateError(`${error.message} (after "${tail}")`, { code: error.code, hint: error.hint })
  }
}
