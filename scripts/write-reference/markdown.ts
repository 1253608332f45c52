/** A table in Markdown. Cells are Markdown; a bar or a line break in them is made harmless. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`.replaceAll(/ {2,}\|/g, ' |')
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/** Text as code, whatever backticks are in it. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

function cell(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')
}

/** The place that GitHub gives a heading, for links to it. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** What stands on top of each page that is written by `scripts/write-reference.ts`. */
export function pageHead(title: string, introduction: string): string {
  return `<!-- Written by scripts/write-reference.ts from the code: change it there. -->\n\n# ${title}\n\n${introduction}\n`
}
