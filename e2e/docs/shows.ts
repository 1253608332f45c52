/**
 * The first line that a page shows and the output does not have, behind those before it; null where it has them all. Figures, times and
 * the width of columns may differ, `…` stands for anything, and lines between may be missing.
 */
export function missingLine(shown: readonly string[], output: string): string | null {
  const lines = output.split('\n')
  let from = 0
  for (const line of shown) {
    if (/^\s*…?\s*$/.test(line)) continue
    const pattern = patternOf(line)
    const at = lines.findIndex((one, index) => index >= from && pattern.test(one))
    if (at < 0) return line
    from = at + 1
  }
  return null
}

const varying =
  /(\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?Z?|\d+m \d+s|\d+(?:\.\d+)?s\b|\d[\d,.]*|\s+|…)/

function patternOf(line: string): RegExp {
  const parts = line.trim().split(varying)
  const source = parts.map((part, index) => (index % 2 === 0 ? escaped(part) : anyLike(part))).join('')
  return new RegExp(`^\\s*${source}\\s*$`)
}

function anyLike(part: string): string {
  if (part === '…') return '.*'
  if (part.trim() === '') return '\\s+'
  if (part.endsWith('s')) return '[\\d.ms ]+'
  return /^\d{4}-\d{2}-\d{2}/.test(part) ? '[-\\d:T .Z]+' : '\\d[\\d,.]*'
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
