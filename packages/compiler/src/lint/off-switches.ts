import type { Diagnostic, Location } from '@strata/core'
import { type LintRuleId, lintRuleIds } from '../project/lint-settings.ts'
import { didYouMean } from '../project/near-misses.ts'
import type { SourceText } from '../project/project-file.ts'

/** A comment that switches rules off: `lint: off select-star, unused-cte`. */
export interface OffSwitch {
  readonly location: Location
  /** The line that it is about; null: the whole file. */
  readonly line: number | null
  readonly rules: readonly LintRuleId[]
}

/** The switches of one file, and what is wrong with them. */
export interface OffSwitches {
  readonly switches: readonly OffSwitch[]
  readonly problems: readonly Pick<Diagnostic, 'message' | 'hint' | 'location'>[]
}

export function readOffSwitches({ path, text }: SourceText): OffSwitches {
  const switches: OffSwitch[] = []
  const problems: OffSwitches['problems'][number][] = []
  if (!text.includes('lint:')) return { switches, problems }
  const { mark, isComment, isHead } = languageOf(path)
  const lines = text.split('\n')
  let before = ''
  for (const [index, line] of lines.entries()) {
    const found = mark.exec(line)
    if (found !== null) {
      const column = [...line.slice(0, found.index)].length + 1
      const location = { file: path, line: index + 1, column }
      const { known, unknown } = rulesIn(found[1] ?? '')
      for (const name of unknown)
        problems.push({
          location,
          message: `there is no rule "${name}" to switch off`,
          hint: didYouMean(name, lintRuleIds) ?? `The rules are ${lintRuleIds.join(', ')}.`,
        })
      if (known.length + unknown.length === 0)
        problems.push({
          location,
          message: 'this comment names no rule to switch off',
          hint: 'Name it: lint: off select-star',
        })
      const alone = isComment(line)
      const next = lines.findIndex((other, at) => at > index && other.trim() !== '' && !isComment(other))
      const scope = !alone ? index + 1 : isHead(before) ? null : next === -1 ? index + 1 : next + 1
      if (known.length > 0) switches.push({ location, line: scope, rules: known })
    }
    before += `${line}\n`
  }
  return { switches, problems }
}

/** Names between commas; what follows a blank is the reason. */
function rulesIn(text: string): {
  readonly known: readonly LintRuleId[]
  readonly unknown: readonly string[]
} {
  const [list = ''] = /^[a-z][\w-]*(?:\s*,\s*[a-z][\w-]*)*/i.exec(text) ?? []
  const names = list.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
  return {
    known: names.flatMap((name) => lintRuleIds.find((id) => id === name) ?? []),
    unknown: names.filter((name) => !lintRuleIds.some((id) => id === name)),
  }
}

interface Language {
  readonly mark: RegExp
  /** Nothing but a comment stands on the line. */
  isComment(line: string): boolean
  /** Nothing that counts stands before: a comment there is about the whole file. */
  isHead(text: string): boolean
}

const what = 'lint:\\s*off\\b[ \\t]*([^\\n]*)'

const languages: { readonly [ending: string]: Language } = {
  sql: {
    mark: new RegExp(`(?:--|/\\*|\\{#-?)\\s*${what}`),
    isComment: (line) => /^\s*(?:--.*|\/\*.*\*\/\s*|\{#.*#\}\s*)$/.test(line),
    isHead: (text) => text.replace(headOfSql, '').trim() === '',
  },
  ts: {
    mark: new RegExp(`(?://|/\\*|--)\\s*${what}`),
    isComment: (line) => /^\s*(?:\/\/.*|\/\*.*\*\/\s*|--.*)$/.test(line),
    isHead: (text) => text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '',
  },
  yml: {
    mark: new RegExp(`#\\s*${what}`),
    isComment: (line) => /^\s*#/.test(line),
    isHead: (text) => text.replace(/#[^\n]*|^---$|^version:.*$/gm, '').trim() === '',
  },
}

const headOfSql = /\{#[\s\S]*?#\}|--[^\n]*|\/\*[\s\S]*?\*\/|\{\{-?\s*config\([\s\S]*?\)\s*-?\}\}/g

function languageOf(path: string): Language {
  return (
    languages[path.slice(path.lastIndexOf('.') + 1)] ??
    (path.endsWith('.yaml') ? languages['yml']! : languages['sql']!)
  )
}
