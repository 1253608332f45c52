/** Prints rows as a table of Markdown; the first row names the columns, the first cell of the others the row. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const [head = [], ...body] = rows
  const lines = [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`)
  console.log(lines.join('\n'))
}

/** 1,234,567 */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Records a second, of records in milliseconds. */
export function rate(records: number, milliseconds: number): string {
  const each = (1000 * records) / milliseconds
  return grouped(each < 1000 ? each : Math.round(each / 100) * 100)
}

/** Milliseconds as seconds with as many digits as say something. */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000
  return value >= 100 ? grouped(value) : value.toFixed(value >= 10 ? 1 : 2)
}
