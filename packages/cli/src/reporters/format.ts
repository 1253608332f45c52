import { type Counts, formatCount, type StepResult } from '@strata/core'
import { textWidth } from './text-width.ts'

export { formatCount }

/** `0.4s`, `12.3s`, `2m 05s`, `1h 04m` */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 60) return `${seconds.toFixed(1)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${String(Math.floor(seconds % 60)).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

/** `1 model`, `3 models` */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Pads by what a terminal shows, not by what JavaScript counts. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}

/** Cuts the middle out of a text that is wider than `width`. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  const characters = [...text]
  const head = Math.ceil((width - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (width - 1 - head)).join('')}`
}

/** Cuts the end off a text that is wider than `width`. */
export function shortenEnd(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${[...text].slice(0, Math.max(0, width - 1)).join('')}…`
}

/** How a kind of step is called on the screen. */
export function kindLabel(kind: StepResult['kind']): string {
  if (kind === 'unit_test') return 'unit'
  if (kind === 'snapshot') return 'snap'
  return kind === 'data_test' ? 'test' : kind
}

/** How many rows a step was about: records fetched, rows built, rows found by a test. */
export function describeRows(counts: Counts): string {
  if (counts.fetched !== undefined) return `${formatCount(counts.fetched)} fetched`
  if (counts.rows !== undefined) return plural(counts.rows, 'row')
  return counts.failures !== undefined && counts.failures > 0 ? plural(counts.failures, 'failure') : ''
}

const changeMarks = { inserted: '+', changed: '~', unchanged: '=', deleted: '-', quarantined: '!' } as const
type Change = keyof typeof changeMarks

/** What became of them: `4 inserted, 28 changed, 2 unchanged`, or where there is little room `+4 ~28 =2`. */
export function describeChanges(counts: Counts, form: 'words' | 'marks'): string {
  return (Object.keys(changeMarks) as Change[])
    .filter((change) => (counts[change] ?? 0) > 0)
    .map((change) => {
      const count = formatCount(counts[change]!)
      return form === 'words' ? `${count} ${change}` : `${changeMarks[change]}${count}`
    })
    .join(form === 'words' ? ', ' : ' ')
}

/** Our commands as hints name them, `run models retry`, and not in prose: `two models run at once`. */
const commandInText =
  /(?<=^|[`(:;,"'] ?|\b(?:run|write|with|by|or|and|what|than|until|of|see|is|as|then|use|type|after|before) )models (?=(?:build|clean|compile|db|debug|deps|extract|list|ls|plan|retry|run|run-operation|runs|seed|show|snapshot|source|test)\b)/gi

/** A hint as a sentence of its own, its commands as this user types them. */
export function asSentence(text: string, commandName = 'models'): string {
  const typed = commandName === 'models' ? text : text.replace(commandInText, `${commandName} `)
  const isCommand = typed.startsWith(`${commandName} `)
  const sentence = isCommand ? typed : typed.charAt(0).toUpperCase() + typed.slice(1)
  return /[.!?)]$/.test(sentence) || sentence.includes('\n') ? sentence : `${sentence}.`
}
