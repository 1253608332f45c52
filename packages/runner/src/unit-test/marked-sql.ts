/** SQL text that knows which value stands where in it. */
export interface MarkedSql {
  add(text: string): MarkedSql
  /** Adds the text of a value, with what it is called. */
  value(text: string, label: string): MarkedSql
  text(): string
  /** What stands at a 1-based character (code point) of the text; null: no value. */
  labelAt(position: number): string | null
}

export function markedSql(): MarkedSql {
  const parts: string[] = []
  const marks: { readonly start: number; readonly end: number; readonly label: string }[] = []
  let length = 0
  const sql: MarkedSql = {
    add(text) {
      parts.push(text)
      length += text.length
      return sql
    },
    value(text, label) {
      marks.push({ start: length, end: length + text.length, label })
      return sql.add(text)
    },
    text: () => parts.join(''),
    labelAt(position) {
      const offset = [...parts.join('')].slice(0, position - 1).join('').length
      return marks.find(({ start, end }) => start <= offset && offset < end)?.label ?? null
    },
  }
  return sql
}
