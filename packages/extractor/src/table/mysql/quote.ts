/** A name in a statement, whatever stands in it. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** A text in a statement: by its bytes, so that no setting of the server changes what it means. */
export function quoteText(text: string): string {
  return `_utf8mb4 x'${Buffer.from(text, 'utf8').toString('hex')}'`
}
