/** One command of a page, as it stands there. */
export interface PageCommand {
  readonly kind: 'command'
  /** Of its line in the page, from 1. */
  readonly line: number
  /** A line of the shell, in which `models` is the command line. */
  readonly text: string
  /** What the page shows of its output. */
  readonly shows: readonly string[]
  readonly exitCode: number
  /** Why it is not run. */
  readonly notRun: string | null
}

/** A block of a page whose text is that of a file of the project. */
export interface PageFile {
  readonly kind: 'file'
  readonly line: number
  readonly path: string
  readonly text: string
  /** Behind what the file has already. */
  readonly isAdded: boolean
}

/** A variable that all later commands of the page have. */
export interface PageVariable {
  readonly kind: 'variable'
  readonly line: number
  readonly name: string
  readonly value: string
}

export type PageItem = PageCommand | PageFile | PageVariable

interface Block {
  readonly line: number
  readonly language: string
  readonly lines: readonly string[]
  /** The comments that stand right before it. */
  readonly notes: ReadonlyMap<string, string>
}

/**
 * What a page of docs/ tells to do, in its order. A comment right before a block of code says more about it:
 * `<!-- file: models/a.sql -->` its text is that file, `<!-- added to: models/a.yml -->` it stands at the end of that one,
 * `<!-- exit: 1 -->` its last command ends so, `<!-- not run: needs a real hub -->`. Anywhere, `<!-- environment: NAME=value -->`.
 */
export function readPage(text: string): readonly PageItem[] {
  const items: PageItem[] = []
  for (const block of blocksOf(text)) {
    const variable = /^(\w+)=(.*)$/.exec(block.notes.get('environment') ?? '')
    if (variable !== null)
      items.push({ kind: 'variable', line: block.line, name: variable[1]!, value: variable[2]! })
    const path = block.notes.get('file') ?? block.notes.get('added to')
    if (path !== undefined)
      items.push({
        kind: 'file',
        line: block.line,
        path,
        text: `${block.lines.join('\n')}\n`,
        isAdded: block.notes.has('added to'),
      })
    else items.push(...commandsOf(block))
  }
  return items
}

function commandsOf(block: Block): readonly PageCommand[] {
  const { language, notes } = block
  const lines = joined(block.lines)
  const hasPrompts = lines.some(({ text }) => text.startsWith('$ '))
  const isShell = /^(console|sh|bash|shell)$/.test(language)
  // Pages list commands in blocks without a language, with what they do behind them.
  if (!isShell && (language !== '' || !lines.every(({ text }) => text === '' || isCall(text)))) return []
  const commands: PageCommand[] = []
  for (const { text, index } of lines) {
    const previous = commands.at(-1)
    if (hasPrompts && !text.startsWith('$ ')) {
      if (previous !== undefined && text !== '')
        commands[commands.length - 1] = { ...previous, shows: [...previous.shows, text] }
      continue
    }
    const command = withoutRemark(text.replace(/^\$ /, ''))
    if (command === '' || !(hasPrompts || language === 'sh' || isCall(command))) continue
    commands.push({
      kind: 'command',
      line: block.line + 1 + index,
      text: command,
      shows: [],
      exitCode: 0,
      notRun:
        notes.get('not run') ?? (/^pnpm simulator\b/.test(command) ? 'serves until it is stopped' : null),
    })
  }
  const last = commands.at(-1)
  if (last !== undefined && notes.has('exit'))
    commands[commands.length - 1] = { ...last, exitCode: Number(notes.get('exit')) }
  return commands
}

function isCall(text: string): boolean {
  return /^(\$ )?(pnpm |npx |models )/.test(text)
}

/** `models seed --show    and print the first rows`, `models deps   # packages.yml → dbt_packages/` */
function withoutRemark(text: string): string {
  const bare = text.replace(/\s+#\s.*$/, '')
  return (isCall(bare) ? bare.replace(/ {2,}\S.*$/, '') : bare).trim()
}

/** Lines that end with a backslash go on in the next one. */
function joined(lines: readonly string[]): readonly { readonly text: string; readonly index: number }[] {
  const whole: { text: string; index: number }[] = []
  let open = false
  for (const [index, line] of lines.entries()) {
    if (open) whole[whole.length - 1]!.text += ` ${line.replace(/\\$/, '').trim()}`
    else whole.push({ text: line.replace(/\\$/, '').trimEnd(), index })
    open = line.endsWith('\\')
  }
  return whole
}

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = []
  let notes = new Map<string, string>()
  let open: { line: number; language: string; indent: number; lines: string[] } | null = null
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( *)```(\S*)\s*$/.exec(line)
    if (open !== null) {
      if (fence === null) open.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))))
      else {
        blocks.push({ line: open.line, language: open.language, lines: open.lines, notes })
        notes = new Map()
        open = null
      }
      continue
    }
    if (fence !== null) open = { line: index + 1, language: fence[2]!, indent: fence[1]!.length, lines: [] }
    const note = /^ *<!-- ([a-z][a-z ]*): (.*?) -->\s*$/.exec(line)
    if (note !== null) notes.set(note[1]!, note[2]!)
    else if (fence === null && line.trim() !== '') {
      if (notes.has('environment')) blocks.push({ line: index, language: '-', lines: [], notes })
      notes = new Map()
    }
  }
  return blocks
}
