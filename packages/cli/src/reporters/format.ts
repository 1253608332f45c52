import type { Counts, StepResult } from '@strata/core'
import stringWidth from 'string-width'

/** `12,345` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

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
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

/** Cuts the middle out of a text that is wider than `width`. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  const characters = [...text]
  const head = Math.ceil((width - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (width - 1 - head)).join('')}`
}

/** How a kind of step is called on the screen. */
export function kindLabel(kind: StepResult['kind']): string {
  return kind === 'data_test' ? 'test' : kind
}

/** What a step did, in a few words: `2,000 fetched, 12 inserted, 3 changed, 1,985 unchanged`. */
export function describeCounts(counts: Counts): string {
  const parts: string[] = []
  if (counts.fetched !== undefined) parts.push(`${formatCount(counts.fetched)} fetched`)
  else if (counts.rows !== undefined) parts.push(plural(counts.rows, 'row'))
  const changes = ['inserted', 'changed', 'unchanged', 'deleted', 'quarantined'] as const
  const always = counts.fetched !== undefined
  for (const name of changes) {
    const count = counts[name]
    if (count === undefined) continue
    if (count > 0 || (always && name !== 'deleted' && name !== 'quarantined')) parts.push(`${formatCount(count)} ${name}`)
  }
  if (counts.failures !== undefined && counts.failures > 0) parts.push(plural(counts.failures, 'failing row'))
  return parts.join(', ')
}
