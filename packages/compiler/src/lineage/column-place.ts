import type { Location, Node } from '@strata/core'

/**
 * Where a column is most probably written: the last line of the template that ends with its name, as `… as name,` and `t.name,` do; else where it is
 * declared, else where the node is. Good enough for people to go there; nothing is decided by it.
 */
export function columnPlace(node: Node, column: string): Location {
  if ('rawCode' in node && node.location.file.endsWith('.sql')) {
    const lines = node.rawCode.split('\n')
    const at = lines.findLastIndex((line) => endsWith(withoutComment(line), column))
    if (at >= 0) return { ...node.location, line: at + 1, column: columnIn(lines[at]!, column) }
  }
  return node.location
}

function withoutComment(line: string): string {
  return line.replace(/\s*--.*$/, '').replace(/\s*,?\s*$/, '')
}

function endsWith(line: string, column: string): boolean {
  const quoted = `"${column}"`
  if (line.endsWith(quoted)) return true
  if (!line.toLowerCase().endsWith(column.toLowerCase())) return false
  const before = line.at(-column.length - 1)
  return before === undefined || /[\s.(,]/.test(before)
}

function columnIn(line: string, column: string): number {
  return Math.max(0, withoutComment(line).toLowerCase().lastIndexOf(column.toLowerCase())) + 1
}
