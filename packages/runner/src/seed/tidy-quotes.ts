/** Makes of the quotes that Python's `csv` module takes and others do not those that everybody reads alike. */
export interface TidyQuotes {
  /**
   * Whether every quote stands around a field or is doubled inside of one. Takes text from the beginning of a record on, as `tidy` does;
   * of what ends in the middle of a field the rest may say otherwise.
   */
  areTidy(text: string): boolean
  /** Quotes a field as a whole where text follows its closing quote. */
  tidy(text: string): string
}

export function createTidyQuotes(delimiter: string): TidyQuotes {
  const ends = (character: string | undefined): boolean =>
    character === undefined || character === delimiter || character === '\n'
  // What is quoted and ends within the text, for more may follow; what is quoted otherwise; what is not quoted.
  const fields = new RegExp(
    `${quotedField(delimiter)}(?=[\\n${inClass(delimiter)}])|"[^]*$|[^"\\n${inClass(delimiter)}]${unquoted(delimiter)}`,
    'g',
  )
  return {
    areTidy(text) {
      for (let opened = text.indexOf('"'); opened !== -1; ) {
        let closed = text.indexOf('"', opened + 1)
        while (closed !== -1 && text[closed + 1] === '"') closed = text.indexOf('"', closed + 2)
        if (!ends(text[opened - 1]) || (closed !== -1 && !ends(text[closed + 1]))) return false
        opened = closed === -1 ? -1 : text.indexOf('"', closed + 1)
      }
      return true
    },
    tidy: (text) =>
      text.replace(fields, (field: string, quoted?: string, behind?: string) =>
        quoted === undefined || !behind ? field : `"${quoted}${behind.replaceAll('"', '""')}"`,
      ),
  }
}

/** Where each field of a record begins in its text. */
export function fieldStarts(record: string, delimiter: string): readonly number[] {
  const field = new RegExp(`${quotedField(delimiter)}|${unquoted(delimiter)}`, 'y')
  const starts: number[] = []
  for (let at = 0; at <= record.length; at = field.lastIndex + 1) {
    starts.push(at)
    field.lastIndex = at
    field.exec(record)
  }
  return starts
}

/** A field that begins with a quote: what is in its quotes, and what follows them. */
const quotedField = (delimiter: string): string => `"([^"]*(?:""[^"]*)*)"(?!")(${unquoted(delimiter)})`
const unquoted = (delimiter: string): string => `[^\\n${inClass(delimiter)}]*`
const inClass = (character: string): string => character.replace(/[\\\]^-]/, '\\$&')
